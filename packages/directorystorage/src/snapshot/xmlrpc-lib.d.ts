/** The two halves of the `xmlrpc` library that are used: XML without its HTTP client. */
declare module 'xmlrpc/lib/serializer.js' {
  const serializer: {
    serializeMethodCall(method: string, params: readonly unknown[]): string;
  };
  export default serializer;
}

declare module 'xmlrpc/lib/deserializer.js' {
  /** What the library reads from: here a text that is there already. */
  interface Source {
    setEncoding(encoding: string): void;
    on(event: string, listener: (error: unknown) => void): void;
    pipe(parser: { write(text: string): void; end(): void }): void;
  }
  export default class Deserializer {
    deserializeMethodResponse(source: Source, callback: (error: unknown, value?: unknown) => void): void;
  }
}
