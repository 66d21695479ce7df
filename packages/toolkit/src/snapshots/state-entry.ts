import { z } from 'zod';

const HEX16 = /^[0-9a-f]{16}$/i;

/** What it takes to go on after a restart. */
const holdMemory = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('filestorage'),
    path: z.string(),
    size: z.int().min(0),
    tid: z.string().regex(HEX16),
    method: z.enum(['reflink', 'link', 'copy']),
    fingerprint: z.string(),
    identity: z.string(),
  }),
  z.object({ kind: z.literal('directorystorage'), directory: z.string(), stamp: z.string() }),
  z.object({ kind: z.literal('zope') }),
]);

const stateEntry = z.object({
  storage: z.string(),
  /** `entering`: it may be frozen. `leaving`: it may still be. */
  phase: z.enum(['entering', 'entered', 'leaving']),
  code: z.string(),
  by: z.string(),
  enteredMs: z.number(),
  renewedMs: z.number(),
  untilMs: z.number(),
  /** Undefined while it is entered. */
  memory: holdMemory.optional(),
});

export const stateFile = z.object({ version: z.literal(1), snapshots: z.array(stateEntry) });

export type HoldMemory = z.infer<typeof holdMemory>;
/** One snapshot in the state file. Times are milliseconds since 1970. */
export type StateEntry = z.infer<typeof stateEntry>;
