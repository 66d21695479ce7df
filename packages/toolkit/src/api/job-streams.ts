import type { ServerResponse } from 'node:http';
import { HoldfastError } from '@holdfast/errors';
import type { FastifyReply } from 'fastify';
import type { Job, JobBoard } from '../jobs/job-board.js';
import { jobData } from './job-data.js';

/** So many at once. */
export const MOST_STREAMS = 100;
/** A comment so often, so that nobody on the way takes the connection for dead. */
const COMMENT_MS = 15_000;
/** Comments that a client may leave unread. */
const UNREAD = 4;

/** The streams of server-sent events that are open now. */
export class JobStreams {
  readonly #open = new Set<JobStream>();

  constructor(
    private readonly jobs: Pick<JobBoard, 'subscribe'>,
    private readonly commentMs = COMMENT_MS,
  ) {}

  get size(): number {
    return this.#open.size;
  }

  /** Answers with the state of a job and its changes until it ends. @throws HoldfastError `toolkit.request` where there are too many */
  begin(job: Job, reply: FastifyReply): void {
    if (this.#open.size >= MOST_STREAMS) {
      throw new HoldfastError('toolkit.request', `${MOST_STREAMS} streams of events are open already`, {
        details: { status: 503 },
        hint: 'Ask for the job itself now and then, or try again later.',
      });
    }
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const stream = new JobStream(raw, job, this.jobs, this.commentMs);
    this.#open.add(stream);
    raw.once('close', () => this.#open.delete(stream));
  }

  /** Ends all. */
  close(): void {
    for (const stream of this.#open) stream.end();
  }
}

class JobStream {
  readonly #unsubscribe: () => void;
  readonly #timer: NodeJS.Timeout;
  /** What is told when the client has read what it was sent: the newest state alone. */
  #pending: Job | undefined;
  #unread = 0;

  constructor(
    private readonly raw: ServerResponse,
    job: Job,
    jobs: Pick<JobBoard, 'subscribe'>,
    commentMs: number,
  ) {
    this.#unsubscribe = jobs.subscribe((changed) => {
      if (changed.id === job.id) this.tell(changed);
    });
    this.#timer = setInterval(() => this.comment(), commentMs);
    raw.on('drain', () => this.drained());
    raw.once('error', () => raw.destroy());
    raw.once('close', () => this.forget());
    this.tell(job);
  }

  end(): void {
    this.forget();
    this.raw.end();
  }

  private tell(job: Job): void {
    if (this.raw.writableEnded) return;
    if (this.raw.writableNeedDrain) {
      this.#pending = job;
      return;
    }
    this.raw.write(`event: job\ndata: ${JSON.stringify(jobData(job))}\n\n`);
    if (job.state !== 'running') this.end();
  }

  private drained(): void {
    this.#unread = 0;
    const job = this.#pending;
    this.#pending = undefined;
    if (job !== undefined) this.tell(job);
  }

  private comment(): void {
    if (!this.raw.writableNeedDrain) {
      this.raw.write(': still running\n\n');
      return;
    }
    this.#unread += 1;
    if (this.#unread > UNREAD) this.raw.destroy();
  }

  private forget(): void {
    this.#unsubscribe();
    clearInterval(this.#timer);
  }
}
