import { styleText } from 'node:util';

/** Colours and bold on a terminal only, and not where NO_COLOR asks for none (https://no-color.org). */
const styled = process.stdout.isTTY === true && !process.env.NO_COLOR;

type Style = Parameters<typeof styleText>[0];

function style(format: Style, text: string): string {
  return styled ? styleText(format, text) : text;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export const screen = {
  title: (text: string) => print(style('bold', text)),
  text: (text: string) => print(text),
  /** What comes next, and why. */
  explain: (text: string) => print(`\n${style('cyan', `# ${text}`)}`),
  /** A command as the user would type it. */
  command: (text: string) => print(style('bold', `$ ${text}`)),
  /** Something that the tour itself found out. */
  found: (text: string) => print(style('green', `  ${text}`)),
  failed: (text: string) => process.stderr.write(`${style('red', text)}\n`),
};
