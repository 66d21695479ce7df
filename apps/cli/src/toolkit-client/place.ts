import { resolve } from 'node:path';
import { readAccessFile } from '@holdfast/directorystorage';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import type { ZopeAccess } from '@holdfast/snapshot-conf';
import type { Context } from '../context.js';

/** Which server is asked, as the command line says it. */
export interface ToolkitOptions {
  readonly toolkit: string;
  readonly toolkitAccess?: string | undefined;
  readonly toolkitInsecure?: boolean | undefined;
  readonly storage?: string | undefined;
}

/** Where the API of a server is, and who asks. */
export interface ToolkitPlace {
  /** `…/api/v1/`. */
  readonly api: URL;
  readonly access: ZopeAccess | undefined;
}

/**
 * Checked before anything is sent: a password goes over TLS, or stays on this machine.
 *
 * @throws HoldfastError `usage`, `toolkit.insecure`, `snapshot.access`
 */
export async function toolkitPlace(context: Context, options: ToolkitOptions): Promise<ToolkitPlace> {
  const api = apiOf(options.toolkit);
  if (api.protocol === 'http:' && !isLoopback(api.hostname) && options.toolkitInsecure !== true) {
    throw new HoldfastError('toolkit.insecure', `${api.host} would be asked over http, in clear text`, {
      hint: 'Give an https URL; or --toolkit-insecure, where the network is trusted.',
    });
  }
  const file = options.toolkitAccess;
  return { api, access: file === undefined ? undefined : await accessOf(context, file) };
}

function apiOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new HoldfastError('usage', '--toolkit needs a URL that begins with https: or http:');
  if (url.username !== '' || url.password !== '') {
    throw new HoldfastError('usage', 'the URL of --toolkit holds a user name or password', {
      hint: 'Write user:password into a file that only you can read, and name it with --toolkit-access.',
    });
  }
  const path = url.pathname.replace(/\/*$/, '');
  return new URL(`${path}/api/v1/`, url.origin);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

function accessOf({ cwd, output }: Context, file: string): Promise<ZopeAccess> {
  const log = { message: output.detail, detail: output.detail, warn: output.warn };
  const access = { path: resolve(cwd, file), storageOwner: process.getuid?.() ?? 0 };
  return readAccessFile(nodeFileSystem, access, log);
}
