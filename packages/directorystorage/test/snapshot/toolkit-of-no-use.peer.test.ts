import { inspect } from 'node:util';
import { describePeers } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { enterSnapshot } from '../../src/index.js';
import { unpackFixture } from '../support/fixture.js';
import { makeEngine, startZope, writeConf } from './support/zope.js';

describePeers('a server that is of no use leads on to the next method', () => {
  const cases: Readonly<Record<string, readonly [Readonly<Record<string, unknown>>, RegExp]>> = {
    'a fault': [{ behaviour: 'fault' }, /Unauthorized \[secret\] go away/],
    'a hang': [{ behaviour: 'hang' }, /no answer within 0.4 seconds/],
    'a wrong password': [{ password: 'another' }, /not accepted \(401/],
    'a redirect': [{ behaviour: 'redirect', location: 'http://127.0.0.1:1/' }, /redirects elsewhere \(302/],
    'another snapshot': [{ code: 'user/elsewhere-12' }, /in another snapshot: elsewhere-12/],
    'a pack': [{ code: 'packing' }, /it packs the storage/],
    'entities in the answer': [
      { behaviour: 'doctype', reply: '<!DOCTYPE x [<!ENTITY a "b">]><methodResponse/>' },
      /declares XML entities/,
    ],
    'an endless answer': [
      { behaviour: 'huge', reply: '<methodResponse>'.repeat(1000), times: 200 },
      /longer than/,
    ],
    'a page of HTML': [
      { behaviour: 'html', reply: '<html><body>Log in</body></html>' },
      /not one of XML-RPC/,
    ],
    'half an answer': [
      { behaviour: 'torn', reply: '<methodResponse><params><param>' },
      /broke off|lost|no answer/,
    ],
    'an answer with unknown tags': [
      { behaviour: 'html', reply: '<methodResponse><x/></methodResponse>' },
      /cannot be read/,
    ],
  };

  test.each(Object.entries(cases))('%s', async (_name, [options, reason]) => {
    const directory = await unpackFixture('clean-chunky');
    const [wrong, right] = await Promise.all([startZope('-', options), startZope(directory)]);
    await writeConf(directory, [`http ${wrong.url} access`, `http ${right.url} access`]);
    const { engine, told } = makeEngine();
    const session = await enterSnapshot(engine, { directory, timeoutMs: 400 });
    expect(told.messages[0]).toBe(`Entered snapshot using ${right.url}`);
    expect(told.details[0]).toMatch(reason);
    expect(inspect(told)).not.toContain('geheim');
    await session.release();
    expect((await right.said()).at(-1)).toBe('left CODE');
  });

  test('a refused connection, an unknown host', async () => {
    const directory = await unpackFixture('clean-chunky');
    const zope = await startZope(directory);
    await writeConf(directory, [
      'http http://localhost:1/DSToolkit access',
      'http http://no-such-host.invalid/DSToolkit access',
      `http ${zope.url} access`,
    ]);
    const { engine, told } = makeEngine();
    await (await enterSnapshot(engine, { directory, timeoutMs: 5000 })).release();
    expect(told.details[0]).toContain('connection refused');
    expect(told.details[1]).toMatch(/no such host|no connection|no answer/);
  });

  test('a password that goes to nobody but the server that is named: the redirect is not followed', async () => {
    const directory = await unpackFixture('clean-chunky');
    const other = await startZope(directory);
    const redirecting = await startZope('-', { behaviour: 'redirect', location: other.url });
    await writeConf(directory, [`http ${redirecting.url} access`, 'nodirect']);
    await expect(enterSnapshot(makeEngine().engine, { directory })).rejects.toMatchObject({
      code: 'snapshot.not-locked',
    });
    expect(await other.said()).toEqual([]);
  });

  test('the password is in no error, log or detail', async () => {
    const directory = await unpackFixture('clean-chunky');
    const zope = await startZope(directory, { behaviour: 'fault' });
    await writeConf(directory, [
      `http ${zope.url} access`,
      'http http://u:geheim@127.0.0.1:1/ access',
      'nodirect',
    ]);
    const { engine, told } = makeEngine();
    const error = await enterSnapshot(engine, { directory }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'snapshot.not-locked' });
    expect(told.messages.join()).toContain('malformed line 2');
    const basic = Buffer.from('backup:geheim').toString('base64');
    for (const text of [inspect(error, { depth: 9 }), JSON.stringify(error), inspect(told)]) {
      expect(text).not.toContain('geheim');
      expect(text).not.toContain(basic);
    }
  });
});
