import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Site } from './support/site.js';

/** A full and three increments, and the four states that they hold. */
async function chainOfFour(): Promise<{ site: Site; states: readonly Buffer[]; files: readonly string[] }> {
  const site = await Site.make();
  const states: Buffer[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    states.push(turn === 0 ? await site.bytes() : await site.grow(2, turn));
    await site.backup();
  }
  const names = await readdir(site.repository);
  const files = names.filter((name) => /\.(delta)?fsz$/.test(name)).sort();
  return { site, states, files };
}

async function editDat(site: Site, edit: (text: string) => string): Promise<void> {
  const name = (await readdir(site.repository)).find((candidate) => candidate.endsWith('.dat'))!;
  const path = join(site.repository, name);
  await writeFile(path, edit(await readFile(path, 'utf8')));
}

/** As if repozo alone had written the chain. */
async function forget(site: Site): Promise<void> {
  const name = (await readdir(site.repository)).find((candidate) => candidate.endsWith('.holdfast'))!;
  await rm(join(site.repository, name));
}

function withoutLine(number: number) {
  return (text: string) =>
    text
      .split('\n')
      .filter((_, index) => index !== number)
      .join('\n');
}

/** The next backup mends the repository, and the newest state is then there and sound. */
async function expectMended(site: Site, newest: Buffer): Promise<void> {
  await site.backup();
  expect(await site.verify()).toMatchObject({ sound: true, problems: [] });
  expect((await site.restore()).equals(newest)).toBe(true);
}

describe.each([
  ['with its record', async () => {}],
  ['without a record, as repozo leaves it', forget],
])('a chain %s', (_, prepare) => {
  test.each([1, 2, 3])(
    'whose increment %i is not listed is verified as broken, restores, and is mended',
    async (line) => {
      const { site, states } = await chainOfFour();
      await prepare(site);
      await editDat(site, withoutLine(line));
      expect((await site.verify('quick')).sound).toBe(false);
      expect((await site.restore()).equals(states[3]!)).toBe(true);
      await expectMended(site, states[3]!);
      expect(await site.restoreAll()).toHaveLength(4);
    },
  );

  test('whose .dat is torn in its last line restores everything and is mended', async () => {
    const { site, states } = await chainOfFour();
    await prepare(site);
    await editDat(site, (text) => text.slice(0, -20));
    expect((await site.verify('quick')).problems.join()).toContain('torn at line 4');
    expect((await site.restore()).equals(states[3]!)).toBe(true);
    await expectMended(site, states[3]!);
  });

  test('whose .dat is gone, and its full not listed, is mended', async () => {
    const { site, states } = await chainOfFour();
    await prepare(site);
    await editDat(site, () => '');
    await expectMended(site, states[3]!);
    expect(await site.restoreAll()).toHaveLength(4);
  });

  test('with a gap restores what is before it, sets aside what is behind it, and goes on', async () => {
    const { site, states, files } = await chainOfFour();
    await prepare(site);
    await rm(join(site.repository, files[2]!));
    expect((await site.verify('quick')).problems.join()).toMatch(/listed but missing.*begins at byte/);
    expect((await site.restore()).equals(states[1]!)).toBe(true);
    await expectMended(site, states[3]!);
    expect(await readdir(site.repository)).toContain(`${files[3]}.set-aside`);
  });
});

describe("what repozo's own hazards leave", () => {
  test('an increment that was overlapped after a kill is set aside, and the bytes are right before and after', async () => {
    const { site, states, files } = await chainOfFour();
    await forget(site);
    // repozo was killed between the data and the .dat line of file 2; the next -BQ began at the old end.
    const other = await site.copy();
    await rm(join(other.repository, files[2]!));
    await rm(join(other.repository, files[3]!));
    await editDat(other, (text) => `${text.split('\n').slice(0, 2).join('\n')}\n`);
    await other.backup();
    const covering = (await readdir(other.repository))
      .filter((name) => name.endsWith('.deltafsz'))
      .sort()
      .at(-1)!;
    await rm(join(site.repository, files[3]!));
    await writeFile(join(site.repository, covering), await readFile(join(other.repository, covering)));
    const dat = files[0]!.replace('.fsz', '.dat');
    await writeFile(join(site.repository, dat), await readFile(join(other.repository, dat)));

    expect((await site.restore()).equals(states[3]!)).toBe(true);
    expect((await site.verify('quick')).problems.join()).toContain('within the backup before it');
    site.clock.advance(60_000);
    await expectMended(site, states[3]!);
    expect(await readdir(site.repository)).toContain(`${files[2]}.set-aside`);
  });

  test('an increment in the very second of its full gets a name that repozo sees', async () => {
    const { site, states, files } = await chainOfFour();
    const stamp = files[0]!.slice(0, 19);
    await rename(join(site.repository, files[1]!), join(site.repository, `${stamp}.deltafsz`));
    await editDat(site, (text) => text.replace(files[1]!, `${stamp}.deltafsz`));
    expect((await site.restore()).equals(states[3]!)).toBe(true);
    expect((await site.verify('quick')).sound).toBe(false);
    await expectMended(site, states[3]!);
    expect(await readdir(site.repository)).not.toContain(`${stamp}.deltafsz`);
    expect(await site.restoreAll()).toHaveLength(4);
  });

  test('a file that is garbage is told, and what is before it stays', async () => {
    const { site, states, files } = await chainOfFour();
    await forget(site);
    await editDat(site, withoutLine(3));
    await writeFile(join(site.repository, files[3]!), 'no gzip at all');
    expect((await site.restore()).equals(states[2]!)).toBe(true);
    await expectMended(site, states[3]!);
  });

  test('a damaged full does not stop the next backup: it begins a new chain', async () => {
    const { site, states, files } = await chainOfFour();
    await forget(site);
    const bytes = await readFile(join(site.repository, files[0]!));
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(join(site.repository, files[0]!), bytes);
    expect((await site.verify('stored')).sound).toBe(false);
    expect(await site.backup()).toMatchObject({ kind: 'full', reason: 'chain-damaged' });
    expect((await site.restore()).equals(states[3]!)).toBe(true);
  });
});

describe('verify', () => {
  test('finds a changed byte anywhere in any file', async () => {
    const { site, files } = await chainOfFour();
    for (const name of files) {
      const path = join(site.repository, name);
      const sound = await readFile(path);
      for (const at of [0, sound.length >> 1, sound.length - 1]) {
        const changed = Buffer.from(sound);
        changed[at]! ^= 0x40;
        await writeFile(path, changed);
        expect((await site.verify('stored')).sound, `${name} at ${at}`).toBe(false);
        expect((await site.verify('deep')).sound, `${name} at ${at}, deep`).toBe(false);
      }
      await writeFile(path, sound);
    }
    expect((await site.verify('stored')).sound).toBe(true);
  });

  test('finds a file that was cut short, also quickly', async () => {
    const { site, files } = await chainOfFour();
    const path = join(site.repository, files[1]!);
    await writeFile(path, (await readFile(path)).subarray(0, -1));
    for (const level of ['quick', 'stored', 'deep'] as const)
      expect((await site.verify(level)).sound).toBe(false);
  });
});
