import { HoldfastError } from '@holdfast/errors';

/**
 * The moments that `inc` takes: seconds since 1970, with or without `@`; dates and times as ISO writes them; and the
 * relative forms of GNU date that are in use: `36 hours ago`, `yesterday 18:00`, `last week`, `2 days 3 hours ago`.
 * Without a time zone they are in that of the machine, as with GNU date.
 *
 * @param now milliseconds since 1970
 * @returns milliseconds since 1970
 * @throws HoldfastError `usage`
 */
export function parseMoment(text: string, now: number): number {
  const trimmed = text.trim().toLowerCase();
  const seconds = /^@?(-?\d{1,15})(?:\.\d*)?$/.exec(trimmed);
  if (seconds !== null) return Number(seconds[1]) * 1000;
  const moment = new Moment(new Date(now));
  let rest = trimmed;
  while (rest !== '') {
    const match = FORMS.map(({ form, apply }) => ({ found: form.exec(rest), apply })).find(
      ({ found }) => found !== null,
    );
    if (match === undefined) throw notAMoment(text);
    const [whole = ''] = match.found!;
    match.apply(moment, match.found!);
    rest = rest.slice(whole.length).replace(/^[\s,]+/, '');
  }
  const result = trimmed === '' ? Number.NaN : moment.result();
  if (Number.isNaN(result)) throw notAMoment(text);
  return result;
}

function notAMoment(text: string): HoldfastError {
  return new HoldfastError('usage', `'${text}' is not a moment`, {
    hint: 'Give seconds since 1970, a date such as "2026-11-20 14:30", or a distance such as "36 hours ago".',
  });
}

type Unit = 'year' | 'month' | 'fortnight' | 'week' | 'day' | 'hour' | 'minute' | 'second';

/** Parts that are put together at the end: a date, a time of day, a zone, and distances. */
class Moment {
  private date: readonly [number, number, number] | undefined;
  private time: readonly [number, number, number, number] | undefined;
  /** Minutes east of Greenwich. */
  private zone: number | undefined;
  private readonly distances: { readonly count: number; readonly unit: Unit }[] = [];

  constructor(private readonly now: Date) {}

  setDate(year: number, month: number, day: number): void {
    this.date = [year, month - 1, day];
  }

  setTime(hour: number, minute: number, second: number, millisecond = 0): void {
    this.time = [hour, minute, second, millisecond];
  }

  setZone(minutesEast: number): void {
    this.zone = minutesEast;
  }

  add(count: number, unit: Unit): void {
    this.distances.push({ count, unit });
  }

  /** `ago`: the last distance points the other way, and only that, as with GNU date. */
  turnBack(): void {
    const last = this.distances.pop();
    if (last !== undefined) this.distances.push({ ...last, count: -last.count });
  }

  result(): number {
    const { now } = this;
    const [year, month, day] = this.date ?? [now.getFullYear(), now.getMonth(), now.getDate()];
    // A date alone is its first moment, a distance alone goes from now.
    const midnight = [0, 0, 0, 0] as const;
    const [hour, minute, second, millisecond] =
      this.time ??
      (this.date === undefined
        ? ([now.getHours(), now.getMinutes(), now.getSeconds(), now.getMilliseconds()] as const)
        : midnight);
    const sum = (unit: Unit) =>
      this.distances.reduce((total, distance) => total + (distance.unit === unit ? distance.count : 0), 0);
    const days = day + sum('day') + 7 * sum('week') + 14 * sum('fortnight');
    const parts = [
      year + sum('year'),
      month + sum('month'),
      days,
      hour,
      minute,
      second,
      millisecond,
    ] as const;
    if (!isRealDate(year, month, day) || hour > 24 || minute > 59 || second > 60) return Number.NaN;
    const base =
      this.zone === undefined ? new Date(...parts).getTime() : Date.UTC(...parts) - this.zone * 60_000;
    return base + 3_600_000 * sum('hour') + 60_000 * sum('minute') + 1000 * sum('second');
  }
}

function isRealDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month, day));
  return date.getUTCMonth() === month && date.getUTCDate() === day;
}

const UNIT = '(year|month|fortnight|week|day|hour|minute|min|second|sec)s?';
const unitOf = (word: string | undefined): Unit =>
  word === 'min' ? 'minute' : word === 'sec' ? 'second' : (word as Unit);

const WORDS: Readonly<Record<string, number>> = { last: -1, this: 0, next: 1, a: 1, an: 1 };

interface Form {
  readonly form: RegExp;
  readonly apply: (moment: Moment, found: RegExpExecArray) => void;
}

/** The first that fits counts. All text is lower case. */
const FORMS: readonly Form[] = [
  {
    form: /^(\d{4})-(\d{1,2})-(\d{1,2})(?:t(?=\d)|(?!\d))/,
    apply: (moment, [, year, month, day]) => moment.setDate(Number(year), Number(month), Number(day)),
  },
  {
    form: /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?/,
    apply: (moment, [, hour, minute, second = '0', fraction = '0']) =>
      moment.setTime(
        Number(hour),
        Number(minute),
        Number(second),
        Math.floor(Number(`0.${fraction}`) * 1000),
      ),
  },
  { form: /^(?:z|utc|gmt)\b/, apply: (moment) => moment.setZone(0) },
  {
    form: /^([+-])(\d{2}):?(\d{2})(?!\d)/,
    apply: (moment, [, sign, hours, minutes]) =>
      moment.setZone((sign === '-' ? -1 : 1) * (60 * Number(hours) + Number(minutes))),
  },
  {
    form: new RegExp(`^([+-]?\\s*\\d{1,9})\\s*${UNIT}\\b`),
    apply: (moment, [, count, unit]) => moment.add(Number(count?.replace(/\s/g, '')), unitOf(unit)),
  },
  {
    form: new RegExp(`^(last|this|next|an?)\\s+${UNIT}\\b`),
    apply: (moment, [, word = '', unit]) => moment.add(WORDS[word]!, unitOf(unit)),
  },
  { form: new RegExp(`^${UNIT}\\b`), apply: (moment, [, unit]) => moment.add(1, unitOf(unit)) },
  { form: /^ago\b/, apply: (moment) => moment.turnBack() },
  { form: /^(?:now|today)\b/, apply: () => {} },
  { form: /^yesterday\b/, apply: (moment) => moment.add(-1, 'day') },
  { form: /^tomorrow\b/, apply: (moment) => moment.add(1, 'day') },
  { form: /^midnight\b/, apply: (moment) => moment.setTime(0, 0, 0) },
  { form: /^noon\b/, apply: (moment) => moment.setTime(12, 0, 0) },
];
