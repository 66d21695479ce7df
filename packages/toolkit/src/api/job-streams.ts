import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
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
    // Who has gone meanwhile is told nothing: that it goes is not said again.
    const { socket } = reply.request.raw;
    if (raw.destroyed || socket.destroyed) return;
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const stream = new JobStream(raw, socket, job.id, this.jobs, this.commentMs, () =>
      this.#open.delete(stream),
    );
    this.#open.add(stream);
    stream.tell(job);
  }

  /** Ends all. */
  close(): void {
    for (const stream of this.#open) stream.end();
  }
}

class JobStream {
  readonly #unsubscribe: () => void;
  #timer: NodeJS.Timeout;
  /** What is told when the client has read what it was sent: the newest state alone. */
  #pending: Job | undefined;
  #unread = 0;

  /**
   * @param socket of the connection: a response that waits for one before it on the same connection does not hear of its end
   * @param gone called when nothing is left of it
   */
  constructor(
    private readonly raw: ServerResponse,
    private readonly socket: Socket,
    id: string,
    jobs: Pick<JobBoard, 'subscribe'>,
    private readonly commentMs: number,
    private readonly gone: () => void,
  ) {
    this.#unsubscribe = jobs.subscribe((changed) => {
      if (changed.id === id) this.tell(changed);
    });
    this.#timer = setInterval(() => this.comment(), commentMs);
    raw.on('drain', () => this.drained());
    raw.once('error', () => raw.destroy());
    raw.once('close', this.leave);
    socket.once('close', this.leave);
  }

  tell(job: Job): void {
    if (this.raw.writableEnded) return;
    if (this.raw.writableNeedDrain) {
      this.#pending = job;
      return;
    }
    this.raw.write(`event: job\ndata: ${JSON.stringify(jobData(job))}\n\n`);
    if (job.state !== 'running') this.end();
  }

  /** It keeps its place until the client has read the rest, which it may take some time for. */
  end(): void {
    if (this.raw.writableEnded) return;
    this.#unsubscribe();
    clearInterval(this.#timer);
    this.#timer = setTimeout(() => this.cutOff(), this.commentMs);
    this.raw.end();
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
    if (this.#unread > UNREAD) this.cutOff();
  }

  private cutOff(): void {
    this.raw.destroy();
    this.leave();
  }

  private readonly leave = (): void => {
    this.#unsubscribe();
    clearTimeout(this.#timer);
    this.socket.off('close', this.leave);
    this.gone();
  };
}
