import { HoldfastError } from '@holdfast/errors';

/**
 * What the engine needs of the place that keeps a repository (design: one interface, so that an object store can
 * be the second implementation and a faulty one the third). `test/store-conformance.ts` runs on all of them.
 *
 * Contract
 * - A name is one path component. A published file is whole and durable, and never changes afterwards.
 * - `publish` without `replace` and `move` never overwrite: `fs.exists`.
 * - When a call has returned, its effect survives a power cut.
 * - Errors are of the `fs.` family, with the full path or URL.
 */

export interface StoredFile {
  readonly name: string;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
}

export interface StoredReader {
  readonly name: string;
  readonly size: number;
  /** Fills `target` from byte `offset`; `fs.short-read` when the file ends before. */
  read(target: Uint8Array, offset: number): Promise<void>;
  close(): Promise<void>;
}

/** A file on its way into the store: see `AtomicFile`, whose life it shares. */
export interface Publication {
  readonly size: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Makes the content durable, still without its name. */
  seal(): Promise<void>;
  /** Gives it its name, durably. */
  publish(): Promise<void>;
  /** Forgets it unless it was published; safe at any time and twice. */
  dispose(): Promise<void>;
}

export interface Store {
  /** For messages: a path or a URL. */
  readonly location: string;
  /** All files, in no order; `repository.missing` when the place does not exist. */
  list(): Promise<readonly StoredFile[]>;
  open(name: string): Promise<StoredReader>;
  create(name: string, options?: { readonly replace?: boolean }): Promise<Publication>;
  /** Gives a file another name. An object store copies, then deletes. */
  move(from: string, to: string): Promise<void>;
  /** Removes a file; one that is not there is no error. */
  remove(name: string): Promise<void>;
  /** Removes what unfinished publications left. Called under the repository's lock. */
  removeLeftovers(): Promise<readonly string[]>;
}

/** The whole of a small file; `repository.damaged` where it is larger than `limit` bytes. */
export async function readText(store: Store, name: string, limit: number): Promise<string> {
  const reader = await store.open(name);
  try {
    if (reader.size > limit) throw tooLarge(store, name, limit);
    const bytes = Buffer.alloc(reader.size);
    await reader.read(bytes, 0);
    return bytes.toString('utf8');
  } finally {
    await reader.close();
  }
}

/** Publishes a small file in one go. */
export async function publishText(
  store: Store,
  name: string,
  text: string,
  options: { readonly replace?: boolean } = {},
): Promise<void> {
  const file = await store.create(name, options);
  try {
    await file.append(Buffer.from(text));
    await file.publish();
  } finally {
    await file.dispose();
  }
}

function tooLarge(store: Store, name: string, limit: number): HoldfastError {
  const path = `${store.location}/${name}`;
  return new HoldfastError('repository.damaged', `${path} is larger than the ${limit} bytes it may have`, {
    path,
  });
}
