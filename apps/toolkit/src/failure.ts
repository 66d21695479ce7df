import { errorLine, exitStatusOf, type HoldfastError, isHoldfastError, printable } from '@holdfast/errors';

export { exitStatusOf };

/** What went wrong, all of its problems, and what to do, on standard error. */
export function printError(error: unknown): void {
  if (!isHoldfastError(error)) {
    process.stderr.write(`holdfast-toolkit: internal error: ${errorLine(error)}\n`);
    if (error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return;
  }
  const lines = [errorLine(error), ...problemsOf(error), error.hint];
  process.stderr.write(`holdfast-toolkit: ${lines.map(printable).join('\n                  ')}\n`);
}

function problemsOf({ details, message }: HoldfastError): readonly string[] {
  const { problems } = details;
  if (!Array.isArray(problems)) return [];
  return problems.filter((text): text is string => typeof text === 'string' && !message.includes(text));
}
