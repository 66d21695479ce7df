/** A job as the API tells it (docs/toolkit/api.md, "Jobs"). */
export interface RemoteJob {
  readonly id: string;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted';
  readonly progress: RemoteProgress | null;
  readonly error: object | null;
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
  readonly data: Readonly<Record<string, unknown>> | null;
  /** The server kept only a part of what it said. */
  readonly cut?: boolean;
}

export interface RemoteProgress {
  readonly phase: string;
  readonly done: number;
  readonly total: number | null;
  readonly unit: 'bytes' | 'files';
  readonly bytes: number | null;
}
