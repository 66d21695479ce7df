/** Options that can be said with `--toolkit`, where a hint names them. */
const SAYABLE: ReadonlySet<string> = new Set([
  '--help',
  '--json',
  '--full',
  '--quick',
  '--deep',
  '--check',
  '--kind',
  '--toolkit',
  '--toolkit-access',
  '--toolkit-insecure',
]);

const OPTION = /--[a-z][a-z-]*/g;
/** The last way out of several: `…, or give another path with --repository.` */
const ALTERNATIVE = /,? or [^,.;]*--[a-z][^,.;]*(?=[.;]|$)/g;

/** A hint of the server for somebody at another machine: what only the server's command line can say is left out, or told as such. */
export function hintHere(hint: string): string {
  const kept = hint.replace(ALTERNATIVE, (clause) => (isSayable(clause) ? clause : ''));
  return isSayable(kept) ? kept : `On the server: ${hint}`;
}

function isSayable(text: string): boolean {
  return (text.match(OPTION) ?? []).every((option) => SAYABLE.has(option));
}
