import type { Command, Cost } from './measured-process.js';

/** One run of one contender. */
export interface Run extends Cost {
  readonly round: number;
  /** Bytes that the run left in its repository or output, where that is of interest. */
  readonly storedBytes?: number;
}

export type Runs = ReadonlyMap<string, readonly Run[]>;

export interface Contender {
  /** Unique in its scenario. */
  readonly name: string;
  readonly program: 'holdfast' | 'peer';
  /** Why it cannot be measured on this machine. */
  readonly missing?: string | undefined;
  /** Brings everything into the state before the command; not measured. */
  reset(): Promise<Command>;
  /** Looks at what the command made: an error when that is wrong, otherwise its size. Not measured. */
  inspect?(): Promise<number>;
}

/** One job that several contenders do in turns: A B A B. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Most rounds that are worth their time. */
  readonly mostRounds?: number;
  /** What takes long and can be used again in every round. */
  prepare(): Promise<readonly Contender[]>;
  readonly targets: readonly Target[];
}

export interface Target {
  readonly title: string;
  judge(runs: Runs): Judgement;
}

export type Judgement =
  | { readonly kind: 'judged'; readonly value: number; readonly text: string; readonly reached: boolean }
  | { readonly kind: 'not-measured'; readonly reason: string };
