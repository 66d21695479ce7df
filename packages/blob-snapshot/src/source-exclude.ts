/** What a backup leaves out: ZODB's scratch space, and what rsync's exclude patterns name. */

/** Whether an entry is left out; a directory with all that is in it. */
export type Exclude = (path: string, isDirectory: boolean) => boolean;

/** What a restore keeps of the blobs that it replaced within a blob directory, and where it works. */
const OF_RESTORE = /^\.holdfast-(?:old(?:\.\d+)?|restore-[^/]*)$/;

/** `tmp/`, `.removed` and a restore's own of the blob directory itself, and temporary files anywhere. */
function isScratch(path: string): boolean {
  return path === 'tmp' || path === '.removed' || path.endsWith('.tmp') || OF_RESTORE.test(path);
}

/**
 * @param patterns rsync's: `*` and `?` stop at a slash, `**` does not, `[a-z]`; one that ends with `/` means only
 *   directories; one that begins with `/` is meant from the blob directory on, or from the directory that holds it, as
 *   rsync sees it; one with another `/` or `**` is compared with the end of the path, others with the name
 * @param base name of the blob directory
 */
export function excludeRules(patterns: readonly string[], base: string): Exclude {
  const rules = patterns.filter((pattern) => pattern !== '').map((pattern) => compile(pattern, base));
  return (path, isDirectory) => isScratch(path) || rules.some((rule) => rule(path, isDirectory));
}

function compile(pattern: string, base: string): Exclude {
  const onlyDirectories = pattern.endsWith('/');
  const body = onlyDirectories ? pattern.slice(0, -1) : pattern;
  // From the top, or from any slash on.
  const from = body.startsWith('/') ? '' : '(?:.*/)?';
  const whole = new RegExp(`^${from}${translate(body.replace(/^\//, ''))}$`, 'su');
  const anchored = body.startsWith('/');
  return (path, isDirectory) => {
    if (onlyDirectories && !isDirectory) return false;
    return whole.test(path) || (anchored && whole.test(`${base}/${path}`));
  };
}

function translate(body: string): string {
  // `dir/***` is the directory and all that is in it.
  if (body.endsWith('/***')) return `${translate(body.slice(0, -4))}(?:/.*)?`;
  let text = '';
  for (let at = 0; at < body.length; ) {
    const [length, part] = token(body, at);
    text += part;
    at += length;
  }
  return text;
}

/** How many characters of the pattern are used up, and what they mean. */
function token(body: string, at: number): [number, string] {
  const char = body[at]!;
  if (body.startsWith('**', at)) return [/^\*+/.exec(body.slice(at))![0].length, '.*'];
  if (char === '*') return [1, '[^/]*'];
  if (char === '?') return [1, '[^/]'];
  if (char === '\\' && at + 1 < body.length) return [2, literal(body[at + 1]!)];
  const set = char === '[' ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(body.slice(at)) : null;
  if (set === null) return [1, literal(char)];
  const members = set[2]!.replace(/[\\\][^&|~]/g, '\\$&');
  return [set[0].length, `(?!/)[${set[1] === '' ? '' : '^'}${members}]`];
}

function literal(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
