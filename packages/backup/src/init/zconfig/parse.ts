import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type TextFiles, textOf, unreadable } from '../text-files.js';
import { substitute } from './substitute.js';

/** A section of a ZConfig file (the whole file is one without a type), with what `%include` brought in. */
export interface Section {
  /** In lower case. */
  readonly type: string;
  /** In lower case. */
  readonly name: string | undefined;
  readonly file: string;
  readonly line: number;
  readonly keys: readonly KeyValue[];
  readonly sections: readonly Section[];
}

interface KeyValue {
  /** In lower case: key names are told apart without their case where a schema does not say otherwise. */
  readonly key: string;
  readonly value: string;
  readonly file: string;
  readonly line: number;
}

interface OpenSection extends Section {
  readonly keys: KeyValue[];
  readonly sections: Section[];
}

const KEY_VALUE = /^([^\s()]+)\s*(\S.*)?$/;
const HEADER = /^([^\s()]+)(?:\s+([^\s()]+))?$/;
const NAME = /^[A-Za-z_]\w*$/;
/** Files within files. */
const DEEPEST = 20;

/**
 * A ZConfig file with those that it includes, as ZConfig reads it without a schema: sections, keys, `%define`,
 * `%include`, `%import` (which says nothing to us).
 *
 * @param files all texts by absolute path; where one is missing, `NeedsFile` is thrown
 * @throws HoldfastError `init.unreadable` with file and line
 */
export function parseZConfig(
  files: TextFiles,
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): Section {
  const top = open('', undefined, path, 0);
  new Parser(files, env).file(path, top, 'the command line', 0);
  return top;
}

const open = (type: string, name: string | undefined, file: string, line: number): OpenSection => ({
  type,
  name,
  file,
  line,
  keys: [],
  sections: [],
});

class Parser {
  readonly #files: TextFiles;
  readonly #env: Readonly<Record<string, string | undefined>>;
  /** Shared by all files: one that is included may define names for what follows. */
  readonly #defines = new Map<string, string>();

  constructor(files: TextFiles, env: Readonly<Record<string, string | undefined>>) {
    this.#files = files;
    this.#env = env;
  }

  file(path: string, into: OpenSection, namedIn: string, depth: number): void {
    if (depth > DEEPEST) throw unreadable(path, undefined, `files include each other: ${namedIn}`);
    const stack: OpenSection[] = [];
    let current = into;
    const fail = (line: number, message: string) => unreadable(path, line, message);
    const lines = textOf(this.#files, path, namedIn).split(/\r\n|\r|\n/);
    for (const [index, raw] of lines.entries()) {
      const text = raw.trim();
      const line = index + 1;
      if (text === '' || text.startsWith('#')) continue;
      if (text.startsWith('</')) {
        const type = text.slice(2, -1).trimEnd().toLowerCase();
        const outer = stack.pop();
        if (!text.endsWith('>')) throw fail(line, 'the end of a section must end with ">"');
        if (outer === undefined) throw fail(line, `</${type}> ends no section`);
        if (type !== current.type)
          throw fail(line, `</${type}> stands where </${current.type}> (begun in line ${current.line}) must`);
        current = outer;
      } else if (text.startsWith('<')) {
        const inner = this.#begin(text, path, line);
        current.sections.push(inner);
        if (!text.endsWith('/>')) {
          stack.push(current);
          current = inner;
        }
      } else if (text.startsWith('%')) this.#directive(text.slice(1), current, path, line, depth);
      else current.keys.push(this.#keyValue(text, path, line));
    }
    if (stack.length > 0) throw fail(current.line, `<${current.type}> is not ended`);
  }

  #begin(text: string, path: string, line: number): OpenSection {
    if (!text.endsWith('>')) throw unreadable(path, line, 'the beginning of a section must end with ">"');
    const match = HEADER.exec(text.slice(1, text.endsWith('/>') ? -2 : -1).trimEnd());
    if (match === null) throw unreadable(path, line, `'${text}' is no beginning of a section`);
    return open(match[1]!.toLowerCase(), match[2]?.toLowerCase(), path, line);
  }

  #keyValue(text: string, path: string, line: number): KeyValue {
    const match = KEY_VALUE.exec(text);
    if (match === null) throw unreadable(path, line, `'${text}' is no "key value"`);
    return { key: match[1]!.toLowerCase(), value: this.#value(match[2] ?? '', path, line), file: path, line };
  }

  #directive(text: string, current: OpenSection, path: string, line: number, depth: number): void {
    const [, name, argument] = KEY_VALUE.exec(text) ?? [];
    if (name !== 'define' && name !== 'include' && name !== 'import')
      throw unreadable(path, line, `%${name ?? text} is no directive`);
    if (argument === undefined) throw unreadable(path, line, `%${name} needs more`);
    if (name === 'define') this.#define(argument, path, line);
    if (name === 'include') {
      const target = this.#target(this.#value(argument, path, line), path, line);
      this.file(target, current, `${path}, line ${line}`, depth + 1);
    }
  }

  #define(argument: string, path: string, line: number): void {
    const [, word = '', value = ''] = /^(\S+)\s*(.*)$/.exec(argument) ?? [];
    const name = word.toLowerCase();
    const known = this.#defines.get(name);
    if (known !== undefined && known !== value) throw unreadable(path, line, `'${name}' is defined twice`);
    if (!NAME.test(name)) throw unreadable(path, line, `'${name}' cannot be the name of a definition`);
    this.#defines.set(name, this.#value(value, path, line));
  }

  /** What `%include` names: a path beside the file, or a `file:` address. */
  #target(text: string, path: string, line: number): string {
    if (text.startsWith('file:')) {
      try {
        return fileURLToPath(text);
      } catch {
        throw unreadable(path, line, `'${text}' is no address of a file here`);
      }
    }
    if (/^[a-z][a-z0-9+.-]+:/i.test(text))
      throw unreadable(path, line, `'${text}' is not a file on this machine`);
    return resolve(dirname(path), text);
  }

  #value(text: string, path: string, line: number): string {
    const result = substitute(text, { defines: this.#defines, env: this.#env });
    if ('problem' in result) throw unreadable(path, line, result.problem);
    return result.value;
  }
}
