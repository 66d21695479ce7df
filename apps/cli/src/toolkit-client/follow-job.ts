import { setTimeout as pause } from 'node:timers/promises';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { ask, send } from './ask.js';
import type { RemoteJob } from './job.js';
import type { ToolkitPlace } from './place.js';
import { isJob } from './shapes.js';

export interface Following {
  readonly place: ToolkitPlace;
  readonly onChange: (job: RemoteJob) => void;
  /** Aborted: the job is cancelled, and followed to its end all the same. */
  readonly signal: AbortSignal;
}

/** A connection that breaks is made again: so often in a row, with such pauses. */
const TRIES = 10;
const PAUSE_MS = 1000;
/** Characters of an event. */
const LONGEST_EVENT = 8 << 20;

/** Follows a job to its end. @throws HoldfastError `toolkit.server` where the server is gone for good, and what `ask` throws */
export async function followJob(following: Following, started: RemoteJob): Promise<RemoteJob> {
  const { place, signal, onChange } = following;
  const path = `jobs/${started.id}`;
  const cancel = () => {
    // That it has ended meanwhile, or cannot be reached, is seen below.
    ask(place, { method: 'DELETE', path }, isJob).catch(() => {});
  };
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    let job = started;
    for (let failures = 0; job.state === 'running'; ) {
      try {
        for await (const change of eventsOf(place, `${path}/events`)) {
          failures = 0;
          job = change;
          onChange(job);
          if (job.state !== 'running') return job;
        }
        throw new HoldfastError(
          'toolkit.server',
          `${place.api.host} ended the connection before the job ended`,
        );
      } catch (error) {
        failures += 1;
        if (!isHoldfastError(error, 'toolkit.server') || failures > TRIES) throw error;
        await pause(PAUSE_MS);
        // What was to be cancelled while nobody listened.
        if (signal.aborted) cancel();
      }
    }
    return job;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

async function* eventsOf(place: ToolkitPlace, path: string): AsyncGenerator<RemoteJob> {
  const response = await send(place, { path }, 'text/event-stream');
  response.setEncoding('utf8');
  let text = '';
  try {
    for await (const chunk of response as AsyncIterable<string>) {
      text += chunk;
      if (text.length > LONGEST_EVENT) throw new Error('an event does not end');
      const events = text.split('\n\n');
      text = events.pop()!;
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (data === undefined) continue;
        const job: unknown = JSON.parse(data);
        if (!isJob(job)) throw new Error('an event tells of no job');
        yield job;
      }
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HoldfastError('toolkit.server', `the connection to ${place.api.host} broke: ${reason}`, {
      cause,
    });
  } finally {
    response.destroy();
  }
}
