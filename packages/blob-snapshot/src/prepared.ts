import { HoldfastError } from '@holdfast/errors';
import type { BlobBackupSummary, PreparedBlobs } from './request.js';

interface Steps {
  publish(): Promise<void>;
  /** Takes away what was made. */
  discard(): Promise<void>;
}

/** Blobs on the disk that wait for their name: published once, or thrown away. */
export class Prepared implements PreparedBlobs {
  #state: 'prepared' | 'publishing' | 'published' | 'disposed' = 'prepared';

  constructor(
    readonly summary: BlobBackupSummary,
    private readonly steps: Steps,
  ) {}

  async publish(): Promise<void> {
    if (this.#state !== 'prepared')
      throw new HoldfastError('internal', `blobs that are ${this.#state} cannot be published`);
    this.#state = 'publishing';
    await this.steps.publish();
    this.#state = 'published';
  }

  async dispose(): Promise<void> {
    const done = this.#state === 'published' || this.#state === 'disposed';
    this.#state = 'disposed';
    if (!done) await this.steps.discard();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}
