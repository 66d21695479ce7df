/** What was found out about a site, before it is a `holdfast.toml`. */
export interface Draft {
  /** Name of the part; `backup` unless it says otherwise. */
  readonly name: string;
  /** Absolute: what relative paths in the file will be relative to. */
  readonly site: string;
  /** Options for the top of the file, in their order there. */
  readonly settings: readonly Setting[];
  /** Additional storages, in their order. */
  readonly storages: readonly StorageDraft[];
  /** Sources of `altrestore` by storage: filestorage, then blobs. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
  /** What was found and decided, for people; one sentence each. */
  readonly notes: readonly string[];
  /** What the administrator must look at. */
  readonly warnings: readonly string[];
}

export interface Setting {
  readonly option: string;
  readonly value: string | number | boolean;
  /** Why, as a comment beside it. */
  readonly comment?: string | undefined;
}

export interface StorageDraft {
  readonly name: string;
  readonly settings: readonly Setting[];
}

/** A path as a setting: `$` doubled, so that it stands for itself; relative to the site where it lies in it. */
export function pathSetting(option: string, path: string, site: string, comment?: string): Setting {
  return { option, value: pathText(path, site), comment };
}

/** An absolute path as `holdfast.toml` writes it. */
export function pathText(path: string, site: string): string {
  const inside = site !== '/' && path.startsWith(`${site}/`);
  const short = inside ? path.slice(site.length + 1) : path;
  return short.replace(/^~/, './~').replaceAll('$', '$$$$');
}
