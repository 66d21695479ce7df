/**
 * What the server and the process of a job say to each other. The request is the last argument, JSON. The process waits for a
 * line on its standard input, works, and writes one JSON object a line to its standard output: progress, then one result or one
 * error. It stops, as if by SIGTERM, when its standard input ends: the server is gone.
 */
import { z } from 'zod';
import { CHECK_LEVELS, JOB_KINDS, type JobRequest } from './job-board.js';

/** What is to be done, by a process that knows nothing of the server. */
export interface JobOrder extends Pick<JobRequest, 'kind' | 'level'> {
  readonly backups:
    | { readonly kind: 'site'; readonly configFile: string }
    | { readonly kind: 'archives'; readonly directory: string; readonly prefix: string };
}

/** The line that lets the process begin. */
export const GO = 'go\n';

/** No line is longer, bytes. */
export const LONGEST_LINE = 1 << 20;

const progress = z.object({
  phase: z.string().max(64),
  done: z.number().nonnegative(),
  total: z.number().nonnegative().optional(),
  unit: z.enum(['bytes', 'files']),
  bytes: z.number().nonnegative().optional(),
});
const result = z.object({
  summary: z.string(),
  set: z.string().optional(),
  lines: z.array(z.string()),
  warnings: z.array(z.string()),
  data: z.record(z.string(), z.unknown()),
});
/** The process had more to say than a line holds. */
const cut = z.boolean().optional();
const error = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});
const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), progress }),
  z.object({ type: z.literal('result'), result, cut }),
  z.object({ type: z.literal('error'), error, warnings: z.array(z.string()), cut }),
]);

export type JobMessage = z.infer<typeof message>;
export type JobResult = z.infer<typeof result>;
/** The last thing that a process says. */
export type JobOutcome = Exclude<JobMessage, { readonly type: 'progress' }>;

const order = z.object({
  kind: z.enum(JOB_KINDS),
  level: z.enum(CHECK_LEVELS).optional(),
  backups: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('site'), configFile: z.string() }),
    z.object({ kind: z.literal('archives'), directory: z.string(), prefix: z.string() }),
  ]),
});

/** @throws Error for what is no order */
export function parseOrder(text: string): JobOrder {
  return order.parse(JSON.parse(text));
}

/** Undefined: no such message. */
export function parseMessage(line: string): JobMessage | undefined {
  try {
    return message.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
