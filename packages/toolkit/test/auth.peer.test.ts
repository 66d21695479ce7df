import { execFile } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describePeers, describeProgram, pythonOutput, temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { hashPassword, verifyPassword } from '../src/auth/passwords.js';
import { parseScryptHash } from '../src/auth/scrypt-hash.js';
import { authApp, cheapHash } from './support/auth-app.js';

const run = promisify(execFile);
const PASSWORD = 'grün: ☕ & "so"';

async function listening() {
  const made = await authApp({ access: `anna:${await cheapHash(PASSWORD)}:admin\n` });
  await made.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = made.app.server.address() as AddressInfo;
  return { ...made, url: `http://127.0.0.1:${port}` };
}

describeProgram('curl', () => {
  const curl = async (url: string, ...args: string[]) =>
    (await run('curl', ['-s', '-w', '\n%{http_code}', ...args, url])).stdout.split('\n');

  test('logs in with Basic authentication, and is asked for it', async () => {
    const { url } = await listening();
    expect(await curl(`${url}/admin`, '-u', `anna:${PASSWORD}`)).toEqual(['anna', '200']);
    // Asked first, then told: curl takes the way that the challenge names.
    expect(await curl(`${url}/admin`, '--anyauth', '-u', `anna:${PASSWORD}`)).toEqual(['anna', '200']);
    expect((await curl(`${url}/admin`, '-u', 'anna:falsch')).at(-1)).toBe('401');
    expect((await curl(`${url}/admin`)).at(-1)).toBe('401');
  });

  test('through a unix socket guesses for five seconds at the most', async () => {
    const { app } = await authApp({
      access: `anna:${await cheapHash('x')}\n`,
      limits: { perSecond: 1000, burst: 1000 },
    });
    const socket = join(await temporaryDirectory(), 'socket');
    await app.listen({ path: socket });
    const guess = () =>
      curl('http://localhost/read', '--unix-socket', socket, '-D', '-', '-u', 'anna:falsch');
    for (let n = 0; n < 5; n++) expect((await guess()).at(-1)).toBe('401');
    const answer = await guess();
    expect(answer.at(-1)).toBe('429');
    expect(answer.join('\n')).toMatch(/^retry-after: 1\r?$/m);
  });
});

describePeers('Python', () => {
  test('logs in with urllib, which waits to be asked', async () => {
    const { url } = await listening();
    const said = await pythonOutput(
      `
      import sys, urllib.request, urllib.error
      url, password = sys.argv[1:]
      def get(password):
          passwords = urllib.request.HTTPPasswordMgr()
          passwords.add_password('Holdfast', url, 'anna', password)
          opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
          try:
              return opener.open(url + '/admin').read().decode()
          except urllib.error.HTTPError as error:
              return str(error.code)
      print(get(password), get('falsch'))
      `,
      [url, PASSWORD],
    );
    expect(said).toBe('anna 401\n');
  });

  test('makes hashes that are taken here, and takes those made here', async () => {
    const made = await hashPassword(PASSWORD);
    const { salt, hash, cost } = parseScryptHash(made) as Exclude<ReturnType<typeof parseScryptHash>, string>;
    expect(cost).toEqual({ ln: 15, r: 8, p: 1 });
    const theirs = await pythonOutput(
      `
      import sys, hashlib, base64
      password, salt, hash = sys.argv[1:]
      def scrypt(salt, length):
          return hashlib.scrypt(password.encode(), salt=salt, n=2**15, r=8, p=1, maxmem=2**26, dklen=length)
      assert scrypt(bytes.fromhex(salt), 32).hex() == hash
      b64 = lambda data: base64.b64encode(data).decode().rstrip('=')
      print('$scrypt$ln=15,r=8,p=1$%s$%s' % (b64(b'another salt'), b64(scrypt(b'another salt', 64))), end='')
      `,
      [PASSWORD, salt.toString('hex'), hash.toString('hex')],
    );
    const parsed = parseScryptHash(theirs);
    expect(parsed).toMatchObject({ cost });
    const secret = { kind: 'scrypt' as const, ...(parsed as typeof parsed & object) };
    expect(await verifyPassword(PASSWORD, secret)).toBe(true);
    expect(await verifyPassword('falsch', secret)).toBe(false);
  });
});
