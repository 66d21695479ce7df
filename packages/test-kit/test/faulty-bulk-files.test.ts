import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FaultyFileSystem, SimulatedCrash, temporaryDirectory } from '../src/index.js';

async function place() {
  const directory = await temporaryDirectory();
  writeFileSync(join(directory, 'file'), 'content!');
  const fs = new FaultyFileSystem();
  return { fs, bulk: fs.bulk(), at: (name: string) => join(directory, name) };
}

describe('bulk files of a faulty file system', () => {
  it('fail by the same rules, and are in the same log', async () => {
    const { fs, bulk, at } = await place();
    fs.fail('link', 'EMLINK', { nth: 2 });
    bulk.link(at('file'), at('one'));
    expect(() => bulk.link(at('file'), at('two'))).toThrow(
      expect.objectContaining({ code: 'fs.cannot-link' }),
    );
    await fs.unlink(at('one'));
    expect(fs.calls.map(({ method }) => method)).toEqual(['link', 'link', 'unlink']);
  });

  it('count as mutations with the other calls', async () => {
    const { fs, bulk, at } = await place();
    fs.failMutation('ENOSPC', { nth: 2 });
    await fs.makeDirectory(at('directory'), 0o700);
    expect(() => bulk.copyFile(at('file'), at('copy'), {})).toThrow(
      expect.objectContaining({ code: 'fs.no-space' }),
    );
  });

  it('die before a call, and after that nothing reaches the disk', async () => {
    const { fs, bulk, at } = await place();
    fs.crashAtMutation(1);
    expect(() => bulk.makeDirectory(at('directory'), 0o700)).toThrow(SimulatedCrash);
    expect(existsSync(at('directory'))).toBe(false);
    expect(() => bulk.lstat(at('file'))).toThrow(SimulatedCrash);
    await expect(fs.lstat(at('file'))).rejects.toThrow(SimulatedCrash);
    await expect(bulk.syncTree(at('.'))).rejects.toThrow(SimulatedCrash);
  });

  it('die in the middle of a copy and leave half of it', async () => {
    const { fs, bulk, at } = await place();
    fs.crashAtMutation(1, 'torn');
    expect(() => bulk.copyFile(at('file'), at('copy'), {})).toThrow(SimulatedCrash);
    expect(readFileSync(at('copy'), 'utf8')).toBe('cont');
  });

  it('have no other thread, so that every call is seen', async () => {
    const { bulk } = await place();
    expect(bulk.beside).toBeUndefined();
  });
});
