import type { Moment } from '../words/times.js';

/** A time for people and machines; the other way to say it is its tooltip. */
export function When({
  moment,
  show = 'relative',
}: {
  readonly moment: Moment;
  readonly show?: 'relative' | 'utc' | 'plain';
}) {
  if (moment.iso === '') return <span>{moment[show]}</span>;
  return (
    <time dateTime={moment.iso} title={show === 'relative' ? moment.utc : moment.relative}>
      {moment[show]}
    </time>
  );
}
