import { join } from 'node:path';
import type { Scene } from './scene.js';
import type { Change, StorageState } from './zodb-driver.js';

/** More than two members of a gzipped file. */
const LARGE = 9 << 20;

/** The storage of a scene while a real ZODB has it open, and what it has seen in its life. */
export class LiveStorage {
  /** Every transaction of it, those that packs removed counted too. */
  history = new Set<string>();
  state: StorageState = { end: 0, transactions: [] };
  /** A transaction is voted and not finished. */
  voted = false;
  /** Something was cut off it. */
  wasCut = false;

  constructor(private readonly scene: Scene) {}

  get last(): string | undefined {
    return this.state.transactions.at(-1)?.[0];
  }

  async open(): Promise<void> {
    const { scene } = this;
    this.take(await scene.driver.open(scene.source, join(scene.directory, 'blobs')));
  }

  async close(): Promise<void> {
    await this.scene.driver.close(this.scene.source);
  }

  /** One random change by ZODB. */
  async change(): Promise<void> {
    const { scene } = this;
    const { driver, source } = scene;
    if (this.voted) return this.endVote();
    const turn = scene.random.below(scene.withLargeObjects ? 24 : 23);
    if (turn < 12) return this.commit();
    if (turn < 15) return this.did('undo', await driver.undo(source, scene.random.below(3)));
    if (turn < 19) return this.pack();
    if (turn < 21) return this.did('delete', await driver.deleteObject(source));
    if (turn < 23) return this.beginVote();
    return this.commit(LARGE);
  }

  async commit(large = 0): Promise<void> {
    const { scene } = this;
    const below = (limit: number) => scene.random.below(limit);
    const what = { seed: scene.random.next(), changes: below(4), creates: below(4), deletes: below(6) - 3 };
    const blob = scene.chance(0.15);
    const request = { ...what, deletes: Math.max(0, what.deletes), size: 600, blob, large };
    this.did(`commit ${JSON.stringify(request)}`, await scene.driver.commit(scene.source, request));
  }

  async pack(): Promise<void> {
    const { scene } = this;
    const back = scene.chance(0.5) ? 0 : scene.random.below(4000);
    this.did(`pack ${back}`, await scene.driver.pack(scene.source, back));
  }

  private async beginVote(): Promise<void> {
    const { scene } = this;
    const change = await scene.driver.vote(scene.source, scene.random.next());
    this.voted = 'end' in change;
    this.did('vote', change);
  }

  async endVote(finish = this.scene.chance(0.6)): Promise<void> {
    this.voted = false;
    this.did(finish ? 'finish' : 'abort', await this.scene.driver.endVote(this.scene.source, finish));
  }

  private did(what: string, change: Change): void {
    if (!('end' in change)) return this.scene.note(`${what}: nothing to do`);
    this.take(change);
    this.scene.note(`${what}: ${this.state.transactions.length} transactions, ${this.state.end} bytes`);
  }

  private take(state: StorageState): void {
    this.state = state;
    for (const [tid] of state.transactions) this.history.add(tid);
  }
}
