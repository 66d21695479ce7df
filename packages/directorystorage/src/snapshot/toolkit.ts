import { isHoldfastError } from '@holdfast/errors';
import type { ZopeAccess } from '@holdfast/snapshot-conf';
import { parseDetails, type SnapshotDetails } from './details.js';
import { callXmlRpc } from './xml-rpc.js';

export interface ToolkitOptions {
  readonly url: string;
  readonly access: ZopeAccess;
  /** Milliseconds for a call: a server that enters writes its whole journal first. */
  readonly timeoutMs: number;
}

interface RenewOptions {
  readonly longestMs: number;
  readonly signal: AbortSignal;
}

/** Longest time for a call that only asks. */
const ASK_MS = 10_000;

/** A DirectoryStorageToolkit in a Zope server (docs/formats/snapshot-conf.md, "The calls"). */
export class Toolkit {
  constructor(private readonly options: ToolkitOptions) {}

  get url(): string {
    return this.options.url;
  }

  /** @throws HoldfastError `snapshot.server` */
  async enter(code: string, signal?: AbortSignal): Promise<void> {
    await this.call('enterSnapshot', [code], signal);
  }

  /** @throws HoldfastError `snapshot.server` */
  async leave(code: string): Promise<void> {
    await this.call('leaveSnapshot', [code]);
  }

  /**
   * `user/` and the code that somebody sent, or a word of the server's own (`packing`, `recombining/…`); null outside of
   * snapshot mode.
   *
   * @throws HoldfastError `snapshot.server`
   */
  async currentCode(): Promise<string | null> {
    const timeoutMs = Math.min(ASK_MS, this.options.timeoutMs);
    const value = await callXmlRpc({ ...this.options, method: 'currentSnapshotCode', params: [], timeoutMs });
    return typeof value === 'string' && value !== '' && value !== 'None' ? value : null;
  }

  /** As `currentCode`; undefined where the server does not say. */
  async codeIfKnown(): Promise<string | null | undefined> {
    try {
      return await this.currentCode();
    } catch (error) {
      if (isHoldfastError(error, 'snapshot.server')) return undefined;
      throw error;
    }
  }

  /**
   * What the server tells of the snapshot that it is in; undefined where it does not: a Zope, an answer that was lost.
   */
  async details(): Promise<SnapshotDetails | undefined> {
    const timeoutMs = Math.min(ASK_MS, this.options.timeoutMs);
    try {
      return parseDetails(
        await callXmlRpc({ ...this.options, method: 'snapshotDetails', params: [], timeoutMs }),
      );
    } catch (error) {
      if (isHoldfastError(error, 'snapshot.server')) return undefined;
      throw error;
    }
  }

  /** @throws HoldfastError `snapshot.server` */
  async renew(code: string, { longestMs, signal }: RenewOptions): Promise<void> {
    const timeoutMs = Math.min(ASK_MS, longestMs, this.options.timeoutMs);
    await callXmlRpc({ ...this.options, method: 'renewSnapshot', params: [code], timeoutMs, signal });
  }

  private call(method: string, params: readonly string[], signal?: AbortSignal): Promise<unknown> {
    return callXmlRpc({ ...this.options, method, params, signal });
  }
}
