import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isHoldfastError } from '@holdfast/errors';
import { expect } from 'vitest';
import {
  chooseMoment,
  moments,
  parseDataName,
  readRepository,
  restoreToFile,
  restoreToSink,
  stampOf,
  stampTime,
  type VerifyLevel,
  verify,
} from '../../src/index.js';
import type { Scene } from './scene.js';

/** What a backup must give back for ever. */
export interface SavedMoment {
  readonly stamp: string;
  /** The source up to its last whole transaction. */
  readonly bytes: Buffer;
  /** The tids in it. */
  readonly transactions: ReadonlySet<string>;
  /** The last of them that did more than to delete objects. */
  readonly lastWrite: string | undefined;
  /** All transactions that its storage had seen by then, those that packs removed counted too. */
  readonly history: ReadonlySet<string>;
  /** Its storage may refer to objects that are not there. */
  readonly mayMiss: boolean;
}

const LEVELS: readonly VerifyLevel[] = ['quick', 'sizes', 'stored', 'deep'];

/** The moments that a repository must hold, and the comparison with those that it does hold. */
export class RepositoryModel {
  private saved: SavedMoment[] = [];

  constructor(private readonly scene: Scene) {}

  get moments(): readonly SavedMoment[] {
    return this.saved;
  }

  get newest(): SavedMoment | undefined {
    return this.saved.at(-1);
  }

  /** A new data file completes this moment. */
  add(name: string, moment: Omit<SavedMoment, 'stamp'>): void {
    const stamp = parseDataName(name)!.stamp;
    const { now } = this.scene.clock;
    expect(stamp > (this.newest?.stamp ?? ''), `${name} is later than all before it`).toBe(true);
    expect(stampTime(stamp)!, `${name} is not later than the clock`).toBeLessThanOrEqual(
      now.call(this.scene.clock),
    );
    this.saved.push({ stamp, ...moment });
  }

  /** Files were removed on purpose. */
  forget(names: readonly string[]): readonly SavedMoment[] {
    const stamps = new Set(names.flatMap((name) => parseDataName(name)?.stamp ?? []));
    const gone = this.saved.filter(({ stamp }) => stamps.has(stamp));
    this.saved = this.saved.filter(({ stamp }) => !stamps.has(stamp));
    return gone;
  }

  /** The repository offers just the moments of the model. */
  async expectListed(): Promise<void> {
    const found = moments(await readRepository(this.scene.engine));
    expect(found.map(({ file }) => file.stamp)).toEqual(this.saved.map(({ stamp }) => stamp));
  }

  async expectSound(level: VerifyLevel = this.scene.pick(LEVELS)): Promise<void> {
    if (this.saved.length === 0) return;
    const report = await verify(this.scene.engine, { level });
    const errors = report.files.filter(({ error }) => error !== undefined);
    expect({ ...report, errors }, `verify ${level}`).toMatchObject({ problems: [], errors: [], sound: true });
  }

  async expectSoundForRepozo(): Promise<void> {
    if (this.saved.length === 0) return;
    const quick = this.scene.chance(0.3) ? ['-Q'] : [];
    expect(await this.scene.repozo('-V', ...quick)).toEqual({ status: 0, stderr: '' });
  }

  /** Both programs restore every moment. */
  async expectAll(): Promise<void> {
    for (const { stamp } of this.saved) {
      await this.expectRestored(stamp);
      await this.expectRestoredByRepozo(stamp);
    }
  }

  /** Both programs restore the newest moment and that of any date. */
  async expectSome(): Promise<void> {
    await this.expectRestored(undefined);
    await this.expectRestoredByRepozo(undefined);
    const date = this.anyDate();
    await this.expectRestored(date);
    await this.expectRestoredByRepozo(date);
  }

  /** The exact second of a backup, a time between two, a date that is less exact, or one before everything. */
  anyDate(): string {
    const { scene, saved } = this;
    const stamp = saved.length === 0 ? stampOf(scene.clock.now()) : scene.pick(saved).stamp;
    switch (scene.random.below(4)) {
      case 0:
        return stampOf(stampTime(stamp)! + 1000 * (scene.random.below(200) - 50));
      case 1:
        return stamp.slice(0, scene.pick([10, 13, 16]));
      default:
        return stamp;
    }
  }

  async expectRestored(date: string | undefined): Promise<void> {
    const { engine } = this.scene;
    const expected = this.at(date);
    const parts: Uint8Array[] = [];
    try {
      const moment = chooseMoment(await readRepository(engine), date);
      expect(moment.warnings).toEqual([]);
      expect(moment.file.stamp, `moment of ${date}`).toBe(expected?.stamp);
      await restoreToSink(engine, { moment, check: this.scene.chance(0.8) }, async (chunk) => {
        parts.push(Uint8Array.from(chunk));
      });
    } catch (error) {
      if (expected !== undefined || !isHoldfastError(error, 'repository.no-backup')) throw error;
      return;
    }
    expectSame(Buffer.concat(parts), expected!.bytes, `holdfast restore ${date ?? ''}`);
  }

  async expectRestoredByRepozo(date: string | undefined): Promise<void> {
    // It does not see what is later than the clock.
    const expected = this.at(date ?? stampOf(this.scene.clock.now()));
    const output = join(this.scene.directory, 'restored-by-repozo.fs');
    await removeStorage(output);
    const verified = this.scene.chance(0.2) ? ['-w'] : [];
    const result = await this.scene.repozo(
      '-R',
      ...verified,
      '-o',
      output,
      ...(date === undefined ? [] : ['-D', date]),
    );
    if (expected === undefined) {
      expect(result.stderr).toContain('No files in repository');
      return;
    }
    expect(result, `repozo -R ${date ?? ''}`).toEqual({ status: 0, stderr: '' });
    expectSame(await readFile(output), expected.bytes, `repozo -R ${date ?? ''}`);
  }

  /** ZODB opens what Holdfast restored, with the index that came with it, and loads every object. */
  async expectOpens(date: string | undefined): Promise<void> {
    const { scene } = this;
    const expected = this.at(date);
    if (expected === undefined) return;
    const output = join(scene.directory, 'restored.fs');
    if (scene.chance(0.5)) await removeStorage(output);
    const moment = chooseMoment(await readRepository(scene.engine), date);
    const { warnings } = await restoreToFile(scene.engine, { moment, output, keepOld: scene.chance(0.5) });
    expect(warnings).toEqual([]);
    expectSame(await readFile(output), expected.bytes, `holdfast restore ${date ?? ''} --output`);
    const report = await scene.driver.check(output);
    // A storage without transactions is restored without an index: ZODB would only warn of it.
    const usedIndex = expected.bytes.length > 4 ? 1 : 0;
    expect(report).toMatchObject({ end: expected.bytes.length, usedIndex });
    const harmless = expected.mayMiss ? /in the future|load state/ : /in the future/;
    expect(report.warnings.filter((line) => !harmless.test(line))).toEqual([]);
    if (!expected.mayMiss) expect(report.missing).toBe(0);
  }

  private at(date: string | undefined): SavedMoment | undefined {
    return this.saved.findLast(({ stamp }) => date === undefined || stamp <= date);
  }
}

function expectSame(found: Buffer, expected: Buffer, what: string): void {
  if (found.equals(expected)) return;
  const at = found.findIndex((byte, index) => byte !== expected[index]);
  expect.fail(
    `${what} gave ${found.length} bytes, not the ${expected.length} of the model; first difference at ${at}`,
  );
}

async function removeStorage(path: string): Promise<void> {
  for (const ending of ['', '.index', '.old', '.part']) await rm(path + ending, { force: true });
}
