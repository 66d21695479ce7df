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
    const status = await serve(config, { log, env, exit });
    flush();
    // A connection or a process that does not let go must not keep a stopped server.
    return status === 0 ? 0 : exit(status);
  } catch (error) {
    log.fatal({ err: error }, 'the server ends');
    flush();
    printError(error);
    return exit(exitStatusOf(error));
  }
}
