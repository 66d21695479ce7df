/** Elements that have no end tag. */
const VOID = new Set(['meta', 'link', 'input', 'br', 'hr', 'img']);

export interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/**
 * The start tags of a page that this server rendered: every attribute quoted, every element ended. Throws where a tag is not
 * balanced, or a `<` is none of a tag.
 */
export function tagsOf(html: string): Tag[] {
  const open: string[] = [];
  const tags: Tag[] = [];
  const body = html.replace('<!doctype html>', '');
  for (const [found] of body.matchAll(/<(?:[^>"]|"[^"]*")*>?/g)) {
    const tag = /^<(\/?)([a-z][a-z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9-]*(?:="[^"]*")?)*)\s*(\/?)>$/i.exec(found);
    if (tag === null) throw new Error(`no tag: ${found}`);
    const [, end, name, attributes = '', selfClosed] = tag;
    if (end === '/') {
      const last = open.pop();
      if (last !== name) throw new Error(`${found} ends <${last}>`);
      continue;
    }
    if (!VOID.has(name!) && selfClosed !== '/') open.push(name!);
    const pairs = [...attributes.matchAll(/([a-zA-Z][a-zA-Z0-9-]*)(?:="([^"]*)")?/g)];
    tags.push({ name: name!, attributes: new Map(pairs.map(([, key, value]) => [key!, value ?? ''])) });
  }
  if (open.length > 0) throw new Error(`not ended: ${open.join(' ')}`);
  return tags;
}
