/** Runs the usual commands once on a small storage, and keeps what V8 has compiled on the way. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { FileStorageWriter } from '@holdfast/filestorage';

const { bundle, cachePath, compile } = createRequire(import.meta.url)('./bin/load.js');
const directory = mkdtempSync(join(tmpdir(), 'holdfast-code-cache-'));
try {
  const datafs = join(directory, 'Data.fs');
  const storage = ['--datafs', datafs, '--repository', join(directory, 'backups')];
  const repository = storage.slice(2);
  const source = readFileSync(bundle, 'latin1');
  const { script, main } = compile(source);
  await addTransaction(await FileStorageWriter.create(nodeFileSystem, datafs, { sync: false }));
  await run(main, ['backup', ...storage]);
  await addTransaction(await FileStorageWriter.open(nodeFileSystem, datafs, { sync: false }));
  await run(main, ['backup', '-q', ...storage]);
  await run(main, ['backup', ...storage]);
  await run(main, ['list', ...repository]);
  await run(main, ['verify', ...repository]);
  await run(main, ['restore', ...repository, '--output', join(directory, 'restored.fs')]);
  await run(main, ['repozo', '-BQz', '-r', repository[1], '-f', datafs]);
  await run(main, ['snapshot', '-q', '--storage', datafs, '--', 'true']);
  await run(main, ['--help']);
  process.umask(0o022);
  writeFileSync(cachePath(source), script.createCachedData());
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function addTransaction(writer) {
  const transaction = writer.begin({ user: ' holdfast' });
  await transaction.store(0n, Buffer.from('cpersistent.mapping\nPersistentMapping\n.}.'));
  await transaction.commit();
  await writer.close();
}

async function run(main, argv) {
  const status = await main(argv);
  if (status !== 0) throw new Error(`holdfast ${argv.join(' ')} ended with status ${status}`);
}
