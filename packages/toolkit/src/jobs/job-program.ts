/** The process of one job (job-protocol.ts). Started by the server, with the order as its last argument. */
import { Speaker } from './speaker.js';

const STOP_MS = 30_000;

process.umask(0o077);
const controller = new AbortController();
const speaker = new Speaker(process.stdout);
let working = false;
process.once('SIGTERM', () => stop('the server asked it to stop'));
process.stdin
  .once('end', serverGone)
  .once('error', serverGone)
  .once('data', () => void work());

function serverGone(): void {
  stop('the server has ended');
  // What does not stop by itself may not go on without a server that knows of it.
  setTimeout(() => process.exit(1), STOP_MS).unref();
  if (!working) process.exit(1);
}

function stop(reason: string): void {
  if (!working) process.exit(1);
  void import('@holdfast/errors').then(({ HoldfastError }) =>
    controller.abort(new HoldfastError('cancelled', `stopped, because ${reason}; nothing was published`)),
  );
}

async function work(): Promise<void> {
  working = true;
  let status = 1;
  try {
    const { runJob } = await import('./run-job.js');
    const outcome = await runJob(process.argv.at(-1) ?? '', controller.signal, speaker.progress);
    await speaker.say(outcome);
    status = outcome.type === 'result' ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  } finally {
    process.exit(status);
  }
}
