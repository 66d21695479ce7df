import { unreadable } from '../text-files.js';
import type { Section } from './parse.js';

/** A storage that a `zope.conf` or `zeo.conf` describes. */
export interface FoundStorage {
  /** Of the database or of the ZEO storage: `main`, `1`, `catalog`. */
  readonly name: string;
  /** As written; undefined: RelStorage keeps its data in a database of its own. */
  readonly datafs: string | undefined;
  /** As written. */
  readonly blobs: string | undefined;
  readonly compressed: boolean;
  /** All of its mount points, blanks between them. */
  readonly mountPoint: string | undefined;
}

export interface FoundStorages {
  readonly storages: readonly FoundStorage[];
  /** ZEO clients: their storages lie elsewhere. */
  readonly clients: readonly { readonly name: string; readonly server: string }[];
  /** What a `<demostorage>` lays one over another: left out. */
  readonly demos: readonly FoundStorage[];
  readonly notes: readonly string[];
}

/** What a section is in, on the way to the storage at its bottom. */
interface Around {
  readonly name: string | undefined;
  readonly mountPoint: string | undefined;
  readonly blobs: string | undefined;
  readonly compressed: boolean;
}

const BARE: Around = { name: undefined, mountPoint: undefined, blobs: undefined, compressed: false };

const WITHOUT_DATA = ['mappingstorage', 'temporarystorage'];
const FALSE = ['false', 'no', 'off', '0'];

/** The storages of a whole file: in databases (`zope.conf`) or by themselves (`zeo.conf`), in wrappers of any depth. */
export function findStorages(top: Section): FoundStorages {
  const finder = new Finder();
  finder.within(top, BARE);
  return finder;
}

class Finder implements FoundStorages {
  readonly storages: FoundStorage[] = [];
  readonly clients: { readonly name: string; readonly server: string }[] = [];
  readonly demos: FoundStorage[] = [];
  readonly notes: string[] = [];

  within({ sections }: Section, around: Around): void {
    for (const section of sections) this.#visit(section, { ...around, name: around.name ?? section.name });
  }

  #visit(section: Section, around: Around): void {
    const { type } = section;
    if (type === 'zodb_db' || type === 'zodb')
      this.within(section, { ...around, mountPoint: allOf(section, 'mount-point').join(' ') });
    else if (type === 'blobstorage') this.within(section, { ...around, blobs: lastOf(section, 'blob-dir') });
    else if (type === 'zlibstorage') this.within(section, { ...around, compressed: true });
    else if (type === 'filestorage') this.#filestorage(section, around);
    else if (type === 'relstorage') this.#relstorage(section, around);
    else if (type === 'zeoclient' || type === 'clientstorage')
      this.clients.push({ name: around.name ?? '1', server: allOf(section, 'server').join(', ') });
    else if (type === 'demostorage') this.#demo(section, around);
    else if (type === 'directorystorage') this.#note(section, 'is backed up with `holdfast ds backup`');
    else if (WITHOUT_DATA.includes(type))
      this.#note(section, 'keeps nothing on disk: there is nothing to back up');
    else if (around.mountPoint !== undefined || type.endsWith('storage')) this.#unknown(section, around);
  }

  #demo(section: Section, around: Around): void {
    const inner = new Finder();
    inner.within(section, around);
    this.demos.push(...inner.storages, ...inner.demos);
    this.#note(section, 'is left out: its changes are laid over another storage');
  }

  #filestorage(section: Section, around: Around): void {
    const datafs = lastOf(section, 'path') ?? '';
    if (datafs === '') throw unreadable(section.file, section.line, '<filestorage> has no path');
    this.#add(around, datafs, around.blobs ?? lastOf(section, 'blob-dir'));
  }

  /** Its blobs lie in files only where all clients share a directory; else that is a cache. */
  #relstorage(section: Section, around: Around): void {
    const blobs = around.blobs ?? lastOf(section, 'blob-dir');
    const shared = !FALSE.includes(lastOf(section, 'shared-blob-dir')?.toLowerCase() ?? 'true');
    if (blobs !== undefined && shared) this.#add(around, undefined, blobs);
    else this.#note(section, 'keeps everything in its own database: back that up with its own tools');
  }

  /** A wrapper, perhaps: the storage in it is what counts. */
  #unknown(section: Section, around: Around): void {
    this.#note(section, 'is a storage that Holdfast does not know');
    this.within(section, around);
  }

  #add(
    { name = '1', compressed, mountPoint }: Around,
    datafs: string | undefined,
    blobs: string | undefined,
  ): void {
    this.storages.push({ name, datafs, blobs, compressed, mountPoint });
  }

  #note({ type, name, line }: Section, text: string): void {
    this.notes.push(`<${type}${name === undefined ? '' : ` ${name}`}> (line ${line}) ${text}.`);
  }
}

const allOf = ({ keys }: Section, key: string): readonly string[] =>
  keys.filter((candidate) => candidate.key === key).map(({ value }) => value);

const lastOf = (section: Section, key: string): string | undefined => allOf(section, key).at(-1);
