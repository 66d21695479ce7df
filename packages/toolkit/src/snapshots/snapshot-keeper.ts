/** A storage that was frozen through this server. Times are milliseconds since 1970. */
export interface HeldSnapshot {
  readonly storage: string;
  /** As the client sent it; `toolkit` when a browser entered. */
  readonly code: string;
  /** User name. */
  readonly by: string;
  readonly enteredMs: number;
  readonly renewedMs: number;
  /** Then it is left, unless it is renewed before. */
  readonly untilMs: number;
  /** Of a FileStorage: the frozen file, up to which byte, and the last transaction in it (16 hex digits). */
  readonly frozen:
    | { readonly path: string; readonly size: number; readonly tid: string | undefined }
    | undefined;
}

/** Freezes storages and lets them go. One snapshot a storage at a time. */
export interface SnapshotKeeper {
  /**
   * @throws HoldfastError `toolkit.in-snapshot` (another code is in it; the same code too), `toolkit.no-storage`, `toolkit.busy`
   *   (another process holds the storage), and what freezing throws
   */
  enter(storage: string, code: string, by: string): Promise<HeldSnapshot>;
  /** @throws HoldfastError `toolkit.not-in-snapshot`, `toolkit.wrong-code`, `toolkit.busy` (somebody holds `misc/sublock`) */
  leave(storage: string, code: string): Promise<void>;
  /** @throws HoldfastError `toolkit.not-in-snapshot`, `toolkit.wrong-code` */
  renew(storage: string, code: string): Promise<HeldSnapshot>;
  /** The code of the snapshot as DirectoryStorage says it (`user/<code>`); null: in none. A Zope is asked. */
  currentCode(storage: string): Promise<string | null>;
  /** From memory: what this server itself entered. */
  held(storage: string): HeldSnapshot | undefined;
  /** Takes up what was entered before a restart, and leaves what has outlived its life. Call once, before listening. */
  start(): Promise<void>;
  /** Leaves every snapshot. */
  close(): Promise<void>;
}
