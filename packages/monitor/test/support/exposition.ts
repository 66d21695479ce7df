/** Prometheus' text format, read strictly: what is not in its grammar is an error. */
export interface Exposition {
  readonly families: readonly { readonly name: string; readonly help: string; readonly type: string }[];
  readonly samples: readonly {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9.]+(?:e[+-]?\d+)?|NaN|[+-]Inf)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/gy;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' };

export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families: { name: string; help: string; type: string }[] = [];
  const samples: Exposition['samples'][number][] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment !== null) {
      const [, what, name = '', rest = ''] = comment;
      if (what === 'HELP') families.push({ name, help: rest, type: '' });
      else if (families.at(-1)?.name === name) families.at(-1)!.type = rest;
      else throw new Error(`a type without its help: ${line}`);
      continue;
    }
    const match = SAMPLE.exec(line);
    if (match === null) throw new Error(`no sample: ${line}`);
    const [, name = '', labels = '', value] = match;
    if (families.at(-1)?.name !== name) throw new Error(`a sample outside its family: ${line}`);
    samples.push({ name, labels: readLabels(labels), value: Number(value) });
  }
  return { families, samples };
}

function readLabels(text: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  let end = 0;
  for (const match of text.matchAll(LABEL)) {
    labels[match[1]!] = match[2]!.replace(/\\(.)/g, (_, letter: string) => ESCAPES[letter]!);
    end = match.index + match[0].length;
  }
  if (end !== text.length) throw new Error(`no labels: ${text}`);
  return labels;
}
