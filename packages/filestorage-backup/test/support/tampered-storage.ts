import { readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { LiveStorage } from './live-storage.js';

/** A file that can be put in the place of the source, and what its storage had seen. */
interface Copy {
  readonly bytes: Buffer;
  readonly history: ReadonlySet<string>;
  readonly mayMiss: boolean;
}

/** A storage that real ZODB has open from time to time, and whose file is changed behind its back meanwhile. */
export class TamperedStorage extends LiveStorage {
  private readonly copies: Copy[] = [];
  private other: Copy | undefined;
  private isOpen = false;

  override async change(): Promise<void> {
    if (!this.isOpen) await this.open();
    this.isOpen = true;
    await super.change();
  }

  async packTwice(): Promise<void> {
    if (!this.isOpen || this.voted) return this.change();
    await this.pack();
    if (this.scene.chance(0.5)) await this.commit();
    await this.pack();
  }

  override async close(): Promise<void> {
    if (this.voted) await this.endVote();
    if (this.isOpen) await super.close();
    this.isOpen = false;
  }

  private async copyOfSource(): Promise<Copy> {
    const { history, mayMiss } = this;
    return { bytes: await readFile(this.scene.source), history: new Set(history), mayMiss };
  }

  async keepCopy(): Promise<void> {
    await this.close();
    this.copies.push(await this.copyOfSource());
    this.scene.note(`kept a copy, number ${this.copies.length - 1}`);
  }

  async putOlder(): Promise<void> {
    if (this.copies.length === 0) return this.keepCopy();
    const number = this.scene.random.below(this.copies.length);
    await this.put(`copy ${number}`, this.copies[number]!);
  }

  async swap(): Promise<void> {
    await this.close();
    const { other } = this;
    this.other = await this.copyOfSource();
    if (other !== undefined) return this.put('the other storage', other);
    await rm(this.scene.source);
    await rm(`${this.scene.source}.index`, { force: true });
    this.history = new Set();
    this.mayMiss = false;
    this.scene.note('a new storage');
    await this.change();
  }

  /** Overwrites the source, or puts another file in its place. */
  private async put(what: string, { bytes, history, mayMiss }: Copy): Promise<void> {
    await this.close();
    const { source } = this.scene;
    const inPlace = this.scene.chance(0.5);
    if (inPlace) await writeFile(source, bytes);
    else {
      await writeFile(`${source}.new`, bytes);
      await rename(`${source}.new`, source);
    }
    await this.settle(history, mayMiss);
    this.scene.note(`put ${what} ${inPlace ? 'over' : 'instead of'} the source: ${bytes.length} bytes`);
  }

  /** Cuts the source, at the end of a transaction or within one; often it then grows again. */
  async cut(): Promise<void> {
    await this.close();
    const { source, driver, random } = this.scene;
    if ((await stat(source)).size === 0) return this.change();
    const { end, transactions } = await driver.state(source);
    const size = this.scene.chance(0.1)
      ? 0
      : this.scene.chance(0.3)
        ? Math.max(4, end - 1 - random.below(400))
        : 4 + random.below(Math.max(1, end - 4));
    await truncate(source, size);
    const left = await driver.state(source);
    if (this.scene.chance(0.5) && size > left.end) await truncate(source, left.end);
    const kept = new Set(left.transactions.map(([tid]) => tid));
    const lost = new Set(transactions.map(([tid]) => tid).filter((tid) => !kept.has(tid)));
    await this.settle(new Set([...this.history].filter((tid) => !lost.has(tid))), true);
    this.scene.note(`cut to ${size} of ${end} bytes, ${lost.size} transactions less`);
    while (this.scene.chance(0.5) && left.end > 4) await this.change();
  }

  private async settle(history: ReadonlySet<string>, mayMiss: boolean): Promise<void> {
    await rm(`${this.scene.source}.index`, { force: true });
    this.history = new Set(history);
    this.mayMiss = mayMiss;
    this.state = await this.scene.driver.state(this.scene.source);
  }
}
