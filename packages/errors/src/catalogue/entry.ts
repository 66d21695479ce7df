import type { ExitStatus } from './exit.js';

export interface CatalogueEntry {
  readonly exit: ExitStatus;
  /** What the code means, one sentence. */
  readonly meaning: string;
  /** What the operator can do, when the place that throws has nothing more exact to say. */
  readonly hint: string;
  /** Whether the same call can succeed later without anybody doing anything. */
  readonly retryable?: true;
}

/** The codes of some families: `fs.not-found` is of the family `fs`. Nothing else fits, so no two files have one code. */
export type Families<Name extends string> = Readonly<Record<`${Name}.${string}`, CatalogueEntry>>;
