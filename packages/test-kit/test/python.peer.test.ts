import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  describePeers,
  python,
  pythonOutput,
  repozo,
  spawnPython,
  temporaryDirectory,
} from '../src/index.js';

describePeers('the runner of Python scripts', () => {
  test('gives the output, the error output and the status of a script', async () => {
    const script = `
      import sys
      print(sys.argv[1], sys.stdin.read())
      print('careful', file=sys.stderr)
      sys.exit(3)
    `;
    const result = await python(script, ['hello'], { input: 'world' });
    expect(result).toEqual({ stdout: 'hello world\n', stderr: 'careful\n', status: 3 });
  });

  test('turns a failing script into an error that shows its traceback', async () => {
    await expect(pythonOutput('raise ValueError("spam")')).rejects.toThrow('ValueError: spam');
  });

  test('runs the pinned ZODB', async () => {
    expect(await pythonOutput('import importlib.metadata as m; print(m.version("ZODB"))')).toBe('6.3\n');
    const { status, stderr } = await repozo(['--help']);
    expect(status === 0 || stderr.includes('Usage')).toBe(true);
  });

  test('kills a script that takes too long', async () => {
    const { status } = await python('import time; time.sleep(60)', [], { timeoutMs: 300 });
    expect(status).toBe(-1);
  });

  test('talks with a script that keeps running', async () => {
    const peer = spawnPython(`
      import sys
      print('ready')
      for line in sys.stdin:
          print('got', line.strip())
    `);
    await peer.line('ready');
    peer.tell('something');
    expect(await peer.line(/^got/)).toBe('got something');
    expect(await peer.finish()).toBe(0);
    expect(peer.output().stdout).toBe('ready\ngot something\n');
  });

  test('says so when the awaited line never comes', async () => {
    const peer = spawnPython('print("other")');
    await expect(peer.line('ready')).rejects.toThrow('ended with status 0');
  });

  const stopped: { pid?: number | undefined } = {};
  test('leaves a script behind ...', async () => {
    const peer = spawnPython('import time; print("ready"); time.sleep(60)');
    await peer.line('ready');
    stopped.pid = peer.child.pid;
  });
  test('... which is stopped when its test has ended', () => {
    expect(() => process.kill(stopped.pid!, 0)).toThrow('ESRCH');
  });
});

const removed: { path?: string } = {};
test('a temporary directory lasts as long as its test ...', async () => {
  removed.path = await temporaryDirectory();
  writeFileSync(join(removed.path, 'file'), 'x');
});
test('... and is then removed', () => {
  expect(existsSync(removed.path!)).toBe(false);
});
