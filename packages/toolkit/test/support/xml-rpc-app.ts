import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import formbody from '@fastify/formbody';
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { whenDone } from '@holdfast/test-kit';
import Fastify from 'fastify';
import { makeAuthentication } from '../../src/auth/authentication.js';
import { sendError } from '../../src/http-errors.js';
import { makeSnapshotKeeper } from '../../src/snapshots/make-snapshot-keeper.js';
import type { SnapshotKeeper } from '../../src/snapshots/snapshot-keeper.js';
import type { ToolkitStorage } from '../../src/storages.js';
import type { Toolkit } from '../../src/toolkit.js';
import { pathFilter } from '../../src/without-paths.js';
import { registerXmlRpc } from '../../src/xml-rpc/register-xml-rpc.js';
import { accessFile, basic, RecordedLog } from './auth-app.js';
import { keptLog, makeDirectoryStorage, makeFileStorage, storageOf } from './keeper.js';

/** Who may snapshot, who may only read, and a second of the first kind. */
export const OPERATOR = basic('operator', 'op');
export const READER = basic('reader', 're');
export const COLLEAGUE = basic('colleague', 'co');
const ACCESS = 'operator:op:snapshot\nreader:re:read\ncolleague:co:snapshot\n';

export interface XmlRpcAppOptions {
  readonly storages: readonly ToolkitStorage[];
  /** Instead of the real one. */
  readonly snapshots?: SnapshotKeeper;
}

/** The XML-RPC routes with real authentication and real snapshots; jobs and statuses, which they do not use, are left out. */
export async function xmlRpcApp({ storages, snapshots }: XmlRpcAppOptions) {
  const access = await accessFile(ACCESS);
  const stateDirectory = join(access.directory, 'state');
  await mkdir(stateDirectory, { mode: 0o700 });
  const common = { fs: nodeFileSystem, clock: systemClock, stateDirectory };
  const { log, lines } = keptLog();
  const auth = makeAuthentication({ ...common, accessFile: access.path, log: new RecordedLog() });
  await auth.open();
  const keeper = snapshots ?? makeSnapshotKeeper({ ...common, storages, log });
  await keeper.start();
  const changed: string[] = [];
  const toolkit = {
    storages,
    snapshots: keeper,
    auth,
    clock: systemClock,
    paths: pathFilter(storages),
    title: 'test',
    statuses: { status: async () => undefined, changed: (name: string) => void changed.push(name) },
  } as unknown as Toolkit;
  const app = Fastify();
  app.setErrorHandler((error, _, reply) => sendError(reply, error, toolkit.paths));
  await app.register(formbody);
  app.get('/token', { preHandler: auth.require('read') }, (request) => auth.csrfToken(request));
  registerXmlRpc(app, toolkit);
  whenDone(async () => {
    await app.close();
    auth.close();
    await keeper.close();
  });
  return { app, keeper, changed, lines };
}

/** A `Data.fs` as `main`, and a DirectoryStorage as `ds`. */
export async function twoStorages(): Promise<readonly ToolkitStorage[]> {
  return [
    storageOf('main', { kind: 'filestorage', dataFs: await makeFileStorage() }),
    storageOf('ds', { kind: 'directorystorage', directory: await makeDirectoryStorage() }),
  ];
}

/** A keeper that throws what it is told to. */
export function failingKeeper(error: unknown): SnapshotKeeper {
  const fail = () => Promise.reject(error);
  const nothing = async () => {};
  return {
    enter: fail,
    leave: fail,
    renew: fail,
    currentCode: fail,
    held: () => undefined,
    start: nothing,
    close: nothing,
  };
}
