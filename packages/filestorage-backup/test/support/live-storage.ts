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
  /** It may refer to nothing: it was cut after a pack, or an undo brought back what refers to a deleted object. */
  mayMiss = false;
  private deleted = false;

  constructor(protected readonly scene: Scene) {}

  /** What a backup of it is to be remembered by. */
  get seen() {
    const { transactions } = this.state;
    return {
      transactions: new Set(transactions.map(([tid]) => tid)),
      lastWrite: transactions.findLast(([, , writesData]) => writesData)?.[0],
      history: new Set(this.history),
      mayMiss: this.mayMiss,
    };
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
    if (this.voted) return this.endVote();
    const turn = scene.random.below(scene.withLargeObjects ? 24 : 23);
    if (turn < 12) return this.commit();
    if (turn < 15) return this.undo();
    if (turn < 19) return this.pack();
    if (turn < 21) return this.delete();
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

  private async undo(): Promise<void> {
    const { driver, source, random } = this.scene;
    this.mayMiss ||= this.deleted;
    this.did('undo', await driver.undo(source, random.below(3)));
  }

  private async delete(): Promise<void> {
    const change = await this.scene.driver.deleteObject(this.scene.source);
    this.deleted ||= 'end' in change;
    this.did('delete', change);
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
    if ('end' in change) this.take(change);
    const { transactions, end } = this.state;
    const now = 'end' in change ? `${transactions.length} transactions, ${end} bytes` : 'nothing to do';
    this.scene.note(`${what}: ${now}`);
  }

  private take(state: StorageState): void {
    this.state = state;
    for (const [tid] of state.transactions) this.history.add(tid);
  }
}
