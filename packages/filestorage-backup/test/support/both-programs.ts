import { expect } from 'vitest';
import { LiveStorage } from './live-storage.js';
import { RepositoryModel } from './repository-model.js';
import type { Attempt, Scene } from './scene.js';

/** One storage and one repository, on which Holdfast and repozo work in turns; at least a second lies between. */
export class BothPrograms {
  readonly storage: LiveStorage;
  readonly model: RepositoryModel;

  constructor(private readonly scene: Scene) {
    this.storage = new LiveStorage(scene);
    this.model = new RepositoryModel(scene);
  }

  async run(steps: number): Promise<void> {
    await this.storage.open();
    await this.backup();
    for (let step = 0; step < steps; step += 1) {
      this.scene.clock.advance(1000 + this.scene.random.below(this.scene.pick([2000, 900_000])));
      await this.step();
    }
    await this.model.expectListed();
    await this.model.expectAll();
    await this.model.expectOpens(this.model.anyDate());
    await this.model.expectSound('deep');
    await this.storage.close();
  }

  private async step(): Promise<void> {
    const { scene, model } = this;
    const turn = scene.random.below(24);
    if (turn < 10) return this.storage.change();
    if (turn < 15) return this.backup();
    if (turn < 20) return this.repozo();
    if (turn < 21) return model.expectOpens(model.anyDate());
    if (turn < 22) return this.removeOlder();
    scene.note('check');
    await model.expectSound();
    await model.expectSoundForRepozo();
    await model.expectSome();
  }

  private async backup(): Promise<void> {
    const { scene } = this;
    const request = { full: scene.chance(0.15), thorough: scene.chance(0.3), gzip: scene.chance(0.6) };
    const planned = scene.chance(0.2) ? await this.dryRun(request) : undefined;
    let done = await scene.attempt(request);
    scene.note(`holdfast ${JSON.stringify(request)}: ${describe(done)}`);
    if (planned !== undefined && done.kind !== 'refused' && done.reason !== 'unfinished-tail')
      expect({ kind: done.kind }, 'as the dry run said').toEqual({ kind: planned.kind });
    if (done.kind === 'refused') {
      this.expectLegitimate(done);
      await this.expectUnchanged();
      scene.clock.advance(1000);
      done = await scene.attempt({ ...request, acceptNewHistory: true });
      scene.note(`holdfast, as a new history: ${describe(done)}`);
    }
    await this.backedUp(done.kind === 'refused' ? undefined : done.name);
  }

  private async dryRun(request: object): Promise<Attempt> {
    const before = await this.scene.listing();
    const planned = await this.scene.attempt({ ...request, dryRun: true });
    expect(await this.scene.listing()).toEqual(before);
    return planned;
  }

  /** The only reason to refuse the one storage: a pack left no transaction that is in the backups. */
  private expectLegitimate({ code, message }: { readonly code: string; readonly message: string }): void {
    expect(code, message).toBe('repository.other-history');
    const known = this.model.newest!.transactions;
    const common = this.storage.state.transactions.filter(([tid]) => known.has(tid));
    expect(common, message).toEqual([]);
  }

  private async repozo(): Promise<void> {
    const { scene } = this;
    const options = [
      ...(scene.chance(0.15) ? ['-F'] : []),
      ...(scene.chance(0.6) ? ['-Q'] : []),
      ...(scene.chance(0.6) ? ['-z'] : []),
      ...(scene.chance(0.15) ? ['-k'] : []),
    ];
    const before = await scene.dataFiles();
    const result = await scene.repozo('-B', ...options, '-f', scene.source);
    const after = await scene.dataFiles();
    scene.note(`repozo -B ${options.join(' ')}: ${JSON.stringify(result)}`);
    expect(result).toEqual({ status: 0, stderr: '' });
    const added = after.filter((name) => !before.includes(name));
    expect(added.length).toBeLessThanOrEqual(1);
    this.model.forget(before.filter((name) => !after.includes(name)));
    await this.backedUp(added[0]);
  }

  private async backedUp(name: string | undefined): Promise<void> {
    const { scene, model, storage } = this;
    const bytes = await scene.wholeBytes();
    if (name !== undefined) model.add(name, { bytes, ...storage.seen });
    expect(bytes.equals(model.newest!.bytes), 'the newest backup is the state of the source').toBe(true);
    await model.expectListed();
    await model.expectSound();
    await model.expectSoundForRepozo();
    await model.expectSome();
    await scene.expectTidy();
  }

  private async expectUnchanged(): Promise<void> {
    await this.model.expectListed();
    await this.model.expectSome();
    await this.scene.expectTidy();
  }

  private async removeOlder(): Promise<void> {
    const removed = await this.scene.removeOlder();
    this.scene.note(`removed ${removed.join(' ')}`);
    const gone = this.model.forget(removed);
    expect(gone.length).toBe(removed.filter((name) => /\.(delta)?fsz?$/.test(name)).length);
    await this.model.expectListed();
    await this.model.expectAll();
  }
}

export function describe(attempt: Attempt): string {
  if (attempt.kind === 'refused') return `refused, ${attempt.code}: ${attempt.message}`;
  const repairs = attempt.repairs.map((repair) => `; ${repair.kind} ${repair.name}`).join('');
  return `${attempt.kind} (${attempt.reason}) ${attempt.name ?? ''}${repairs}`;
}
