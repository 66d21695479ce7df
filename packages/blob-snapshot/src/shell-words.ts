export interface SplitWords {
  readonly words: readonly string[];
  readonly problem?: string;
}

/**
 * Words as `sh` splits them: blanks, single and double quotes, backslashes. Nothing is expanded; what a shell would do
 * more than split is a problem.
 */
export function splitWords(text: string): SplitWords {
  const words: string[] = [];
  const token = /\s+|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)/gy;
  let word: string | undefined;
  let end = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    end = token.lastIndex;
    const [whole, single, double, escaped, bare] = match;
    if (/^\s/.test(whole)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    const live = bare ?? double?.replace(/\\[\s\S]/g, '');
    if (live !== undefined && (/[$`]/.test(live) || (bare !== undefined && /[;&|<>()]/.test(bare))))
      return { words, problem: 'no shell runs here: quote what it would replace or begin' };
    word = (word ?? '') + (single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? bare ?? '');
  }
  if (word !== undefined) words.push(word);
  return end === text.length
    ? { words }
    : { words, problem: 'a quote is not closed, or nothing follows a backslash' };
}
