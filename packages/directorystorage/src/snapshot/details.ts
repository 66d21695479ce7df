/** What a toolkit server of Holdfast tells of a snapshot; a Zope does not. */
export interface SnapshotDetails {
  /** As it was sent. */
  readonly code: string;
  /** It is left that long after it was entered or renewed last. */
  readonly lifeSeconds: number;
  /** Of a DirectoryStorage: its path on the server. */
  readonly directory: string | undefined;
  readonly frozen: ServerFrozen | undefined;
}

/** A `Data.fs` that the server froze. */
export interface ServerFrozen {
  /** On the server. */
  readonly path: string;
  /** Bytes that are frozen. */
  readonly size: number;
  /** 16 hex digits; zeros where there is no transaction. */
  readonly tid: string;
}

const LONGEST_PATH = 4096;
const NO_TID = '0000000000000000';
/** A longer life needs no renewal in any time that counts; timers end at 2^31 ms. */
const LONGEST_LIFE = 1e6;

/** Reads the struct that `snapshotDetails` and `renewSnapshot` answer with; undefined where it is none. */
export function parseDetails(value: unknown): SnapshotDetails | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const members = new Map(Object.entries(value));
  const code = textOf(members.get('code'));
  const lifeSeconds = numberOf(members.get('lifeSeconds'));
  if (code === undefined || lifeSeconds === undefined || lifeSeconds < 1) return undefined;
  return {
    code,
    lifeSeconds: Math.min(lifeSeconds, LONGEST_LIFE),
    directory: pathOf(members.get('directory')),
    frozen: frozenOf(members),
  };
}

function frozenOf(members: ReadonlyMap<string, unknown>): ServerFrozen | undefined {
  const path = pathOf(members.get('path'));
  const size = numberOf(members.get('size'));
  const tid = textOf(members.get('tid')) ?? NO_TID;
  if (path === undefined || size === undefined || !/^[0-9a-f]{16}$/i.test(tid)) return undefined;
  return { path, size, tid };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function pathOf(value: unknown): string | undefined {
  const path = textOf(value);
  return path?.startsWith('/') && path.length <= LONGEST_PATH && !path.includes('\0') ? path : undefined;
}

/** A whole number, as such or as text: XML-RPC integers have 32 bits. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
