/**
 * What `$` means in the values of a ZConfig file: `$name` and `${name}` are what `%define` made, in any case;
 * `$(NAME)` is a variable of the environment; `$$` is a dollar.
 */

export interface SubstitutionContext {
  /** Names in lower case. */
  readonly defines: ReadonlyMap<string, string>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Sticky: matched just where it is asked for. */
const REFERENCE = /\$(?:(\$)|\{([A-Za-z_]\w*)\}|\(([A-Za-z_]\w*)\)|([A-Za-z_]\w*))/y;

/** @returns the value, or what is wrong with it */
export function substitute(
  text: string,
  { defines, env }: SubstitutionContext,
): { readonly value: string } | { readonly problem: string } {
  let value = '';
  for (let at = 0; ; ) {
    const dollar = text.indexOf('$', at);
    if (dollar < 0) return { value: value + text.slice(at) };
    REFERENCE.lastIndex = dollar;
    const match = REFERENCE.exec(text);
    if (match === null) return { problem: `a '$' in '${text}' is followed by neither a name nor '$'` };
    const [whole, escaped, braced, variable, bare] = match;
    const name = braced ?? bare;
    const found =
      escaped ?? (variable === undefined ? defines.get((name ?? '').toLowerCase()) : env[variable]);
    if (found === undefined)
      return {
        problem:
          variable === undefined
            ? `'$${name}' is not defined`
            : `the environment variable ${variable} is not set`,
      };
    value += text.slice(at, dollar) + found;
    at = dollar + whole.length;
  }
}
