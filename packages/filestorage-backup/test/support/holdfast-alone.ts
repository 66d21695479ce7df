import { stat } from 'node:fs/promises';
import { expect } from 'vitest';
import { type BackupResult, stampTime } from '../../src/index.js';
import { describe } from './both-programs.js';
import { RepositoryModel } from './repository-model.js';
import type { Scene } from './scene.js';
import { TamperedStorage } from './tampered-storage.js';

/** How far the clock may be behind the newest backup for Holdfast to wait. */
const PATIENCE = 5000;

/**
 * One repository that only Holdfast writes to, and everything that can go wrong around it: the clock stands still
 * or steps back, two storages change places, an older file is put in place, the file is cut and grows again.
 */
export class HoldfastAlone {
  readonly storage: TamperedStorage;
  readonly model: RepositoryModel;

  constructor(private readonly scene: Scene) {
    this.storage = new TamperedStorage(scene);
    this.model = new RepositoryModel(scene);
  }

  async run(steps: number): Promise<void> {
    await this.storage.change();
    await this.backup();
    for (let step = 0; step < steps; step += 1) {
      this.moveClock();
      await this.step();
    }
    await this.storage.close();
    if (this.clockBehind() > 0) this.scene.clock.advance(this.clockBehind());
    await this.model.expectListed();
    await this.model.expectAll();
    await this.model.expectSound('deep');
    await this.model.expectSoundForRepozo();
  }

  /** Mostly onwards, sometimes not at all, and sometimes back. */
  private moveClock(): void {
    const { clock, random } = this.scene;
    const turn = random.below(20);
    if (turn < 12) clock.advance(random.below(this.scene.pick([2000, 900_000])));
    else if (turn === 18) clock.set(clock.now() - random.below(2 * PATIENCE));
    else if (turn === 19) clock.set(clock.now() - random.below(4 * 3600_000));
  }

  private async step(): Promise<void> {
    const { model, scene, storage } = this;
    const turn = scene.random.below(30);
    if (turn < 10) return storage.change();
    if (turn < 21) return this.backup();
    if (turn < 22) return storage.keepCopy();
    if (turn < 24) return storage.putOlder();
    if (turn < 25) return storage.swap();
    if (turn < 27) return storage.cut();
    if (turn < 28) return storage.packTwice();
    if (turn < 29) return this.removeOlder();
    await model.expectSome();
    await model.expectOpens(model.anyDate());
  }

  private async backup(): Promise<void> {
    const { scene } = this;
    const request = { full: scene.chance(0.1), thorough: scene.chance(0.3), gzip: scene.chance(0.6) };
    const behind = this.clockBehind();
    const done = await scene.attempt(request);
    scene.note(`holdfast ${JSON.stringify(request)}: ${describe(done)}`);
    if (done.kind !== 'refused') {
      expect(behind, 'a clock so far behind is refused').toBeLessThanOrEqual(PATIENCE);
      return this.backedUp(done);
    }
    await this.refused(done.code, behind);
    if (done.code !== 'repository.other-history' || scene.chance(0.4)) return;
    const accepted = await scene.attempt({ ...request, acceptNewHistory: true });
    scene.note(`holdfast, as a new history: ${describe(accepted)}`);
    if (accepted.kind !== 'full') expect.fail(`not accepted as a new history: ${describe(accepted)}`);
    await this.backedUp(accepted, true);
  }

  /** How much later the newest backup's next second is than the clock. */
  private clockBehind(): number {
    const { newest } = this.model;
    return newest === undefined ? 0 : stampTime(newest.stamp)! + 1000 - this.scene.clock.now();
  }

  /** Whether the source is the storage of the newest backup, gone on since. */
  private get goesOn(): boolean {
    const last = this.model.newest?.lastWrite;
    return last === undefined || this.storage.history.has(last);
  }

  private async refused(code: string, behind: number): Promise<void> {
    switch (code) {
      case 'repository.clock-behind':
        expect(behind).toBeGreaterThan(PATIENCE);
        this.scene.clock.set(stampTime(this.model.newest!.stamp)! + this.scene.random.below(2000));
        break;
      case 'repository.other-history':
        if (this.goesOn) this.expectNothingInCommon();
        break;
      case 'filestorage.bad-magic':
        expect((await stat(this.scene.source)).size).toBe(0);
        break;
      default:
        expect.fail(`refused with ${code}`);
    }
    await this.model.expectListed();
    await this.model.expectSome();
    await this.scene.expectTidy();
  }

  /** The only reason to refuse the very storage: a pack left no transaction that is in the backups. */
  private expectNothingInCommon(): void {
    const known = this.model.newest!.transactions;
    expect(this.storage.state.transactions.filter(([tid]) => known.has(tid))).toEqual([]);
  }

  /** The only reason to take another history for the same: it went on, and was packed after that (decision 0004). */
  private expectPackedSince(): void {
    const { history } = this.model.newest!;
    const packedSince = this.storage.state.transactions.some(
      ([tid, status]) => status === 'p' && !history.has(tid),
    );
    expect(packedSince, 'not taken for the same history without being asked').toBe(true);
    for (const tid of history) this.storage.history.add(tid);
  }

  private async backedUp(done: BackupResult, accepted = false): Promise<void> {
    const { scene, model, storage } = this;
    if (!accepted && !this.goesOn) this.expectPackedSince();
    const bytes = await scene.wholeBytes();
    if (done.name !== undefined) model.add(done.name, { bytes, ...storage.seen });
    expect(bytes.equals(model.newest!.bytes), 'the newest backup is the state of the source').toBe(true);
    await model.expectListed();
    await model.expectSound();
    await model.expectSome();
    await scene.expectTidy();
  }

  /** Clean-up removes only what belongs to the history of the newest backup. */
  private async removeOlder(): Promise<void> {
    const { newest } = this.model;
    const removed = await this.scene.removeOlder();
    this.scene.note(`removed ${removed.join(' ')}`);
    for (const { stamp, lastWrite } of this.model.forget(removed)) {
      expect(lastWrite === undefined || newest!.history.has(lastWrite), `${stamp} may go`).toBe(true);
    }
    await this.model.expectListed();
    await this.model.expectAll();
  }
}
