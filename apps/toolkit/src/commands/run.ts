import { nodeFileSystem } from '@holdfast/durable-fs';
import { readConfig } from '../config/read.js';
import { exitStatusOf, printError } from '../failure.js';
import { makeLog } from '../log.js';
import { serve } from '../server/serve.js';

export async function run(file: string): Promise<number> {
  const { env } = process;
  const config = await readConfig(nodeFileSystem, { file, cwd: process.cwd(), env });
  const { log, flush } = makeLog(config.log);
  const exit = (status: number): never => {
    flush();
    process.exit(status);
  };
  try {
    // A connection or a call of a Zope that does not let go must not keep a stopped server.
    return exit(await serve(config, { log, env, exit }));
  } catch (error) {
    log.fatal({ err: error }, 'the server ends');
    flush();
    printError(error);
    return exit(exitStatusOf(error));
  }
}
