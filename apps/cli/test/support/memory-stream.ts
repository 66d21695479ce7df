import type { OutputStream } from '../../src/streams.js';

/** A stream that keeps what it is given. */
export function memoryStream(
  terminal: { readonly isTTY?: boolean; readonly columns?: number } = {},
): OutputStream & { text(): string } {
  const parts: string[] = [];
  return {
    write: (text) => {
      parts.push(text);
    },
    send: async (bytes) => {
      parts.push(Buffer.from(bytes).toString('latin1'));
    },
    drained: async () => undefined,
    isTTY: terminal.isTTY ?? false,
    columns: terminal.columns,
    text: () => parts.join(''),
  };
}
