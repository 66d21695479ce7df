import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { errorLine, HoldfastError, isHoldfastError, printable } from '@holdfast/errors';
import { placeProblem, startProblems, type ToolkitStorage } from '@holdfast/toolkit';
import { readConfig } from '../config/read.js';
import type { ServerConfig, TlsFiles } from '../config/server-config.js';
import { isLocal } from '../config/values.js';
import { datesProblem, readTls, type TlsPair } from '../server/certificates.js';

/**
 * Looks at the configuration and the files that it names, by the rules of a start; serves nothing and makes nothing.
 *
 * @throws HoldfastError what a start would refuse; several things as one `toolkit.configuration`
 */
export async function check(file: string): Promise<number> {
  const { env } = process;
  const config = await readConfig(nodeFileSystem, { file, cwd: process.cwd(), env });
  const tls = config.tls === undefined ? undefined : await tlsOf(config.tls);
  const problems = [...(await startProblems(config)), ...(isHoldfastError(tls) ? [tls] : [])];
  if (problems.length > 0) throw refusal(config.file, problems);
  const lines = [
    ...serverLines(config),
    ...config.storages.flatMap(storageLines),
    ...clearTextWarnings(config),
    ...(tls === undefined || isHoldfastError(tls) ? [] : dateWarnings(tls)),
    ...(await Promise.all(config.storages.map(placeWarnings))).flat(),
  ];
  process.stdout.write(`${lines.map(printable).join('\n')}\n`);
  return 0;
}

async function tlsOf(files: TlsFiles): Promise<TlsPair | HoldfastError> {
  try {
    return await readTls(nodeFileSystem, files);
  } catch (error) {
    if (isHoldfastError(error)) return error;
    throw error;
  }
}

/** One as it is; of several each with what to do. */
function refusal(file: string, problems: readonly HoldfastError[]): HoldfastError {
  const [first, ...more] = problems;
  if (first !== undefined && more.length === 0) return first;
  return new HoldfastError('toolkit.configuration', `${file}: ${problems.length} problems`, {
    path: file,
    details: { problems: problems.map((problem) => `${errorLine(problem)}. ${problem.hint}`) },
    hint: 'The server would not start; mend all of them, then check again.',
  });
}

function clearTextWarnings({ listen, tls }: ServerConfig): readonly string[] {
  if (tls !== undefined || isLocal(listen)) return [];
  return ['warning: passwords cross the network in clear text (allow_passwords_without_tls)'];
}

function dateWarnings(tls: TlsPair): readonly string[] {
  const problem = datesProblem(tls, systemClock.now());
  return problem === undefined ? [] : [`warning: ${problem}`];
}

/** The server starts all the same: the place may be made, or mounted, later. */
async function placeWarnings({ name, source }: ToolkitStorage): Promise<readonly string[]> {
  const problem = await placeProblem(nodeFileSystem, source);
  return problem === undefined ? [] : [`warning: ${name}: ${problem}`];
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
