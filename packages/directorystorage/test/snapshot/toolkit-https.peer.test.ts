import { join } from 'node:path';
import { describePeers, makeCertificate, sampleFile, temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { enterSnapshot, freezeFileStorage } from '../../src/index.js';
import { unpackFixture } from '../support/fixture.js';
import { makeEngine, startZope, writeConf } from './support/zope.js';

describePeers('https', () => {
  const certificate = async (name: string) => ({
    ...(await makeCertificate(await temporaryDirectory(), name)),
  });

  test('a Data.fs whose server has such a certificate: the error tells how to trust it', async () => {
    const directory = await temporaryDirectory();
    await sampleFile(join(directory, 'Data.fs'));
    const zope = await startZope('-', await certificate('zope'));
    await writeConf(directory, [`http ${zope.url} access`, 'nodirect']);
    const conf = join(directory, 'config/snapshot.conf');
    const request = { dataFs: join(directory, 'Data.fs'), conf };
    await expect(freezeFileStorage(makeEngine().engine, request)).rejects.toMatchObject({
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS='),
    });
    expect(await zope.said()).toEqual([]);
  });

  test('a server without TLS is told apart', async () => {
    const directory = await unpackFixture('clean-chunky');
    const zope = await startZope(directory);
    const url = zope.url.replace('http:', 'https:');
    await writeConf(directory, [`http ${url} access`, 'nodirect']);
    const conf = { directory, timeoutMs: 5000 };
    const error = await enterSnapshot(makeEngine().engine, conf).catch((thrown) => thrown);
    expect(error.message).toContain('it does not speak TLS');
  });

  test('a certificate that nobody vouches for is not accepted, and nothing is sent', async () => {
    const directory = await unpackFixture('clean-chunky');
    const zope = await startZope(directory, await certificate('zope'));
    await writeConf(directory, [`http ${zope.url} access`, 'nodirect']);
    const error = await enterSnapshot(makeEngine().engine, { directory, timeoutMs: 5000 }).catch(
      (thrown) => thrown,
    );
    expect(error.message).toMatch(/certificate is not trusted: .*self-signed/);
    expect(error.hint).toContain('NODE_EXTRA_CA_CERTS=');
    expect(await zope.said()).toEqual([]);
  });
});
