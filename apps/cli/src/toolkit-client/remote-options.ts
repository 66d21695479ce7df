import { HoldfastError } from '@holdfast/errors';

/** What each command takes with `--toolkit`, by the names of commander; a command that is not here works on this machine only. */
const TAKEN: Readonly<Record<string, readonly string[]>> = {
  list: ['kind'],
  show: [],
  status: ['check'],
  verify: ['quick', 'deep'],
  backup: ['full'],
  fullbackup: [],
  snapshotbackup: [],
  zipbackup: [],
};

/** What stands there unasked. */
const INITIAL: Readonly<Record<string, unknown>> = { codec: 'auto', gzip: true };

/** The rest is said by the configuration of the server. @throws HoldfastError `usage` */
export function expectOptions(name: string, options: object): void {
  const taken = TAKEN[name];
  if (taken === undefined) {
    throw new HoldfastError('usage', `'${name}' works on this machine only, not with --toolkit`, {
      hint: `With --toolkit there are ${Object.keys(TAKEN).join(', ')}.`,
    });
  }
  const given = Object.entries(options).filter(
    ([key, value]) => value !== undefined && value !== INITIAL[key],
  );
  const [wrong] = given.map(([key]) => key).filter((key) => !taken.includes(key));
  if (wrong === undefined) return;
  const flag = wrong === 'gzip' ? 'no-gzip' : wrong.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new HoldfastError('usage', `--${flag} cannot be said with --toolkit`, {
    hint: 'The configuration of the site, on the server, says it.',
  });
}
