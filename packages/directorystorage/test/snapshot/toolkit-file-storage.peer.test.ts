import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describePeers, sampleFile, temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { freezeFileStorage } from '../../src/index.js';
import { makeEngine, startZope } from './support/zope.js';

describePeers('a Data.fs whose snapshot.conf names a server', () => {
  test('is frozen between its entering and its leaving', async () => {
    const dataFs = join(await temporaryDirectory(), 'Data.fs');
    await sampleFile(dataFs);
    const zope = await startZope('-');
    const conf = join(dirname(dataFs), 'snapshot.conf');
    await writeFile(conf, `nodirect\nhttp ${zope.url} access\n`);
    await writeFile(join(dirname(dataFs), 'access'), 'backup:geheim\n', { mode: 0o600 });
    const { engine, told } = makeEngine();
    const session = await freezeFileStorage(engine, { dataFs, conf });
    expect(await zope.said()).toEqual(['enter CODE', 'entered CODE']);
    await session.release();
    expect((await zope.said()).slice(-3)).toEqual(['current', 'leave CODE', 'left CODE']);
    expect(told.messages.at(-1)).toBe('Left snapshot mode');
    const second = await freezeFileStorage(makeEngine().engine, { dataFs, conf });
    await zope.tell('forget');
    await expect(second.release()).rejects.toMatchObject({ code: 'snapshot.lost' });
  });
});
