/** The INI dialect of `config/settings` (docs/formats/directorystorage.md, section 1), as Python's ConfigParser reads it. */

export type IniSections = ReadonlyMap<string, ReadonlyMap<string, string>>;

export interface IniProblem {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** Names are case sensitive; `%%` is `%`; a line that begins with a blank goes on with the value before it. */
export function parseIni(text: string): { readonly sections: IniSections; readonly problem?: IniProblem } {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let key: string | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:[#;]|$)/.test(line)) continue;
    const header = /^\[([^\]]+)\]/.exec(line);
    const entry = /^([^\s:=][^:=]*?)\s*[:=]\s*(.*?)\s*$/.exec(line);
    if (header !== null) {
      section = sections.get(header[1]!) ?? new Map();
      sections.set(header[1]!, section);
      key = undefined;
    } else if (section !== undefined && key !== undefined && /^\s/.test(line)) {
      section.set(key, `${section.get(key)}\n${line.trim()}`);
    } else if (section !== undefined && entry !== null) {
      key = entry[1]!;
      section.set(key, entry[2]!.replaceAll('%%', '%'));
    } else {
      return { sections, problem: { line: index + 1, text: line } };
    }
  }
  return { sections };
}
