import type { Options } from './options.js';
import type { Programs } from './programs.js';
import type { Scenario } from './scenario.js';

/** What is measured together, and compared with one peer. */
export interface Suite {
  readonly name: string;
  /** Makes nothing yet: that is for the scenarios. */
  open(options: Options, programs: Programs, tell: (text: string) => void): OpenSuite;
}

export interface OpenSuite {
  readonly scenarios: readonly Scenario[];
  /** Takes away what a scenario made. */
  clear(scenario: string): Promise<void>;
  /** Takes away all that is not kept for the next benchmark. */
  close(): Promise<void>;
}
