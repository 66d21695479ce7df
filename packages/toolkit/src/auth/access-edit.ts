/** Changes of the text of an access file that leave all other lines, their order and their ends as they are. Pure. */

import { isNoUser } from './access-text.js';
import type { Role } from './identity.js';

interface Line {
  readonly content: string;
  readonly end: string;
}

/** Roles of `undefined`: as they stand; a new user's line then names none. */
export function withUser(
  text: string,
  user: string,
  secret: string,
  roles: readonly Role[] | undefined,
): string {
  const { mark, lines } = splitText(text);
  const at = lines.findIndex((line) => nameOf(line) === user);
  const field = roles?.join(',') ?? (at === -1 ? '' : rolesOf(lines[at]!));
  const content = [user, secret, ...(field === '' ? [] : [field])].join(':');
  if (at === -1) {
    const end = lines.find((line) => line.end !== '')?.end ?? '\n';
    const ended = lines.map((line, index) =>
      index === lines.length - 1 && line.end === '' ? { ...line, end } : line,
    );
    return join(mark, [...ended, { content, end }]);
  }
  return join(
    mark,
    lines.map((line, index) => (index === at ? { content, end: line.end } : line)),
  );
}

/** The same text where there is no such user. */
export function withoutUser(text: string, user: string): string {
  const { mark, lines } = splitText(text);
  return join(
    mark,
    lines.filter((line) => nameOf(line) !== user),
  );
}

function nameOf({ content }: Line): string | undefined {
  return isNoUser(content) ? undefined : content.split(':', 1)[0]!.trim().normalize('NFC');
}

function rolesOf({ content }: Line): string {
  return content.split(':')[2]?.trim() ?? '';
}

function splitText(text: string): { readonly mark: string; readonly lines: readonly Line[] } {
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  const parts = text.slice(mark.length).split(/(\r\n|\n|\r)/);
  const lines: Line[] = [];
  for (let at = 0; at < parts.length; at += 2) lines.push({ content: parts[at]!, end: parts[at + 1] ?? '' });
  // After the last end there is no line.
  return { mark, lines: lines.filter(({ content, end }) => content !== '' || end !== '') };
}

function join(mark: string, lines: readonly Line[]): string {
  return mark + lines.map(({ content, end }) => content + end).join('');
}
