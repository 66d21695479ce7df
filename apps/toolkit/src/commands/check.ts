import { exists, nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { printable } from '@holdfast/errors';
import type { ToolkitStorage } from '@holdfast/toolkit';
import { readConfig } from '../config/read.js';
import type { ServerConfig } from '../config/server-config.js';
import { datesProblem, readTls } from '../server/certificates.js';

/** Looks at the configuration and the files that it names; serves nothing and makes nothing. */
export async function check(file: string): Promise<number> {
  const { env } = process;
  const config = await readConfig(nodeFileSystem, { file, cwd: process.cwd(), env });
  const lines = [...serverLines(config), ...config.storages.flatMap(storageLines)];
  if (config.tls !== undefined) {
    const problem = datesProblem(await readTls(nodeFileSystem, config.tls), systemClock.now());
    if (problem !== undefined) lines.push(`warning: ${problem}`);
  }
  for (const { name, source } of config.storages) {
    const place = source.kind === 'filestorage' ? source.dataFs : source.directory;
    if (!(await exists(nodeFileSystem, place))) lines.push(`warning: ${name}: there is nothing at ${place}`);
  }
  process.stdout.write(`${lines.map(printable).join('\n')}\n`);
  return 0;
}

function serverLines({ file, listen, tls, state, access, trustProxy }: ServerConfig): readonly string[] {
  const at =
    listen.kind === 'unix'
      ? `unix:${listen.path} (mode ${listen.mode.toString(8).padStart(4, '0')})`
      : `${tls === undefined ? 'http' : 'https'}://${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${listen.port}`;
  return [
    `${file} is sound.`,
    `listens on ${at}`,
    `keeps its state in ${state}`,
    `lets in the users of ${access}`,
    ...(trustProxy.length === 0 ? [] : [`believes the proxies ${trustProxy.join(', ')}`]),
  ];
}

function storageLines({ name, source, lifeSeconds, backups }: ToolkitStorage): readonly string[] {
  const what = {
    filestorage: () => (source.kind === 'filestorage' ? source.dataFs : ''),
    directorystorage: () => (source.kind === 'directorystorage' ? `${source.directory}, directly` : ''),
    zope: () => (source.kind === 'zope' ? `${source.directory}, through ${source.url}` : ''),
  }[source.kind]();
  const how =
    backups === undefined
      ? 'not backed up by this server'
      : backups.kind === 'site'
        ? `backed up as ${backups.storage} of ${backups.configFile}`
        : `backed up to ${backups.directory}/backups/${backups.prefix}-*.tgz`;
  return [`/${name}: ${what}; a snapshot lives ${lifeSeconds} s; ${how}`];
}
