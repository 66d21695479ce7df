import { RSYNC_BY_LETTER, RSYNC_OPTIONS, type RsyncFlag, type RsyncOption } from './rsync-table.js';
import { splitWords } from './shell-words.js';

/**
 * What the recipe's `rsync_options` mean here (docs/rsync-options.md). Holdfast runs no rsync: an option says something
 * that can be done, something that is so anyway, or something that would make another backup than was meant.
 */
export interface RsyncOptions {
  /** Patterns of what to leave out, in rsync's syntax. */
  readonly exclude: readonly string[];
  /** Say each thing that is copied, linked or gone (`-i`). */
  readonly itemize: boolean;
  /** Say more (`-v`). */
  readonly verbose: boolean;
  /** Say less (`-q`). */
  readonly quiet: boolean;
  /** Show how far it is (`--progress`, `-P`). */
  readonly progress: boolean;
  /** Only tell what would be done (`-n`). */
  readonly dryRun: boolean;
  /** Options that change nothing, each with why. */
  readonly ignored: readonly { readonly option: string; readonly note: string }[];
  /** Options that Holdfast does not do, each with why: a configuration error. */
  readonly refused: readonly { readonly option: string; readonly reason: string }[];
}

/** Never throws: what cannot be done stands in `refused`. */
export function translateRsyncOptions(text: string): RsyncOptions {
  const split = splitWords(text);
  const reader = new OptionReader(split.words);
  reader.read();
  if (split.problem !== undefined) reader.refuse(text.trim(), split.problem);
  return reader.result();
}

class OptionReader {
  private readonly exclude: string[] = [];
  private readonly flags = new Set<RsyncFlag>();
  private readonly ignored: { option: string; note: string }[] = [];
  private readonly refused: { option: string; reason: string }[] = [];
  private at = 0;

  constructor(private readonly words: readonly string[]) {}

  read(): void {
    while (this.at < this.words.length) {
      const word = this.words[this.at++]!;
      if (word.startsWith('--') && word.length > 2) this.readLong(word);
      else if (word.startsWith('-') && word.length > 1) this.readShort(word);
      else this.refuse(word, 'only options are expected here: source and target come from the configuration');
    }
  }

  refuse(option: string, reason: string): void {
    this.refused.push({ option, reason });
  }

  result(): RsyncOptions {
    const has = (flag: RsyncFlag) => this.flags.has(flag);
    return {
      exclude: this.exclude,
      itemize: has('itemize'),
      verbose: has('verbose'),
      quiet: has('quiet'),
      progress: has('progress'),
      dryRun: has('dryRun'),
      ignored: this.ignored,
      refused: this.refused,
    };
  }

  private readLong(word: string): void {
    const equals = word.indexOf('=');
    const name = equals === -1 ? word.slice(2) : word.slice(2, equals);
    const given = equals === -1 ? undefined : word.slice(equals + 1);
    const option = Object.hasOwn(RSYNC_OPTIONS, name) ? RSYNC_OPTIONS[name] : undefined;
    if (option === undefined) this.refuse(`--${name}`, 'Holdfast does not know this option');
    else if (option.value !== true && given !== undefined) this.refuse(word, 'this option takes no value');
    else this.take(`--${name}`, option, option.value === true ? (given ?? this.next()) : '');
  }

  /** `-avn`, and `-fVALUE` or `-f VALUE` for one that takes a value. */
  private readShort(word: string): void {
    for (let index = 1; index < word.length; index++) {
      const name = `-${word[index]}`;
      const option = RSYNC_BY_LETTER.get(word[index]!);
      if (option === undefined) {
        this.refuse(name, 'Holdfast does not know this option');
      } else if (option.value === true) {
        const rest = word.slice(index + 1);
        this.take(name, option, rest === '' ? this.next() : rest);
        return;
      } else {
        this.take(name, option, '');
      }
    }
  }

  private next(): string | undefined {
    return this.words[this.at++];
  }

  /** @param value undefined where one is missing */
  private take(name: string, { meaning }: RsyncOption, value: string | undefined): void {
    if (value === undefined) this.refuse(name, 'its value is missing');
    else if ('refused' in meaning) this.refuse(name, meaning.refused);
    else if ('ignored' in meaning) this.ignored.push({ option: name, note: meaning.ignored });
    else if ('flag' in meaning) this.flags.add(meaning.flag);
    else if (/^[!:,.]$|^[-+] /.test(value))
      this.refuse(`${name}=${value}`, 'rules inside a pattern are not understood');
    else this.exclude.push(value);
  }
}
