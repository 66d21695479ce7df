/** Splits bytes into lines of UTF-8, in bounded memory. */
export class LineSplitter {
  #parts: Buffer[] = [];
  #length = 0;
  #tooLong = false;

  /** @param onLine told of each line, without its end; undefined: one that was longer than `longest` bytes */
  constructor(
    private readonly longest: number,
    private readonly onLine: (line: string | undefined) => void,
  ) {}

  push(chunk: Buffer): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(0x0a, start);
      this.keep(chunk.subarray(start, end === -1 ? chunk.length : end));
      if (end === -1) return;
      this.flush();
      start = end + 1;
    }
  }

  /** What is left is a line, too. */
  end(): void {
    if (this.#length > 0 || this.#tooLong) this.flush();
  }

  private keep(part: Buffer): void {
    if (this.#length + part.length > this.longest) {
      this.#tooLong = true;
      this.#parts = [];
      this.#length = 0;
    }
    if (this.#tooLong || part.length === 0) return;
    this.#parts.push(part);
    this.#length += part.length;
  }

  private flush(): void {
    const line = this.#tooLong ? undefined : Buffer.concat(this.#parts).toString('utf8');
    this.#parts = [];
    this.#length = 0;
    this.#tooLong = false;
    this.onLine(line);
  }
}
