import type { Clock, FileStat, FileSystem } from '@holdfast/durable-fs';
import { errorLine } from '@holdfast/errors';
import { readAccessFile } from './access-file.js';
import { type AccessUser, parseUsers, refusedFile } from './access-text.js';
import type { AuthLog } from './auth-log.js';

/** The users of one version of the access file. */
export interface Users {
  readonly list: readonly AccessUser[];
  readonly byName: ReadonlyMap<string, AccessUser>;
}

const LOOK_EVERY_MS = 1000;
/** A disk that does not answer is not waited for: the users that are known go on. */
const LONGEST_LOOK_MS = 2000;
/** A file that was written just now may be written again without a visible change of its time. */
const SETTLED_MS = 2000;
const REMIND_EVERY_MS = 60_000;
const NO_USER_HINT = '`holdfast-toolkit passwd FILE USER --roles admin` adds one.';

/** The users of the access file, reread when it has changed. A version that cannot be used changes nothing, and is logged. */
export class LiveUsers {
  #users: Users | undefined;
  #text = '';
  #mark = '';
  #lookedAt = 0;
  #looking: Promise<void> | undefined;
  #hung = false;
  #told: { readonly line: string; readonly at: number } | undefined;

  constructor(
    private readonly fs: FileSystem,
    private readonly path: string,
    private readonly clock: Clock,
    private readonly log: AuthLog,
  ) {}

  /** @throws HoldfastError `toolkit.access` */
  async open(): Promise<void> {
    await this.read();
    this.#lookedAt = this.clock.monotonic();
  }

  /** Looks at the file once a second at the most. */
  async current(): Promise<Users> {
    if (this.clock.monotonic() - this.#lookedAt >= LOOK_EVERY_MS) {
      this.#lookedAt = this.clock.monotonic();
      this.#looking ??= this.look().finally(() => {
        this.#looking = undefined;
        this.#hung = false;
      });
    }
    if (this.#looking !== undefined && !this.#hung) await this.atMost(this.#looking);
    if (this.#users === undefined) throw new Error('the access file was not opened');
    return this.#users;
  }

  private async look(): Promise<void> {
    try {
      const stat = await this.fs.lstat(this.path);
      if (markOf(stat, this.clock) !== this.#mark) await this.read();
      this.#told = undefined;
    } catch (error) {
      this.tell(errorLine(error));
    }
  }

  private async read(): Promise<void> {
    const { text, stat } = await readAccessFile(this.fs, this.path);
    if (this.#users === undefined || text !== this.#text) {
      const list = parseUsers(text, this.path);
      if (list.length === 0) throw refusedFile(this.path, 'it names no user', NO_USER_HINT);
      this.#users = { list, byName: new Map(list.map((user) => [user.name, user])) };
      this.#text = text;
      this.log.info({ users: list.length }, 'the access file was read');
    }
    this.#mark = markOf(stat, this.clock);
  }

  /** Once for each reason, and again while it lasts. */
  private tell(line: string): void {
    const at = this.clock.monotonic();
    if (this.#told?.line === line && at - this.#told.at < REMIND_EVERY_MS) return;
    this.#told = { line, at };
    this.log.error({ reason: line }, 'the access file cannot be used: the users of its last version go on');
  }

  private async atMost(looking: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#hung = true;
        this.tell(`${this.path}: no answer within ${LONGEST_LOOK_MS} ms`);
        resolve();
      }, LONGEST_LOOK_MS);
    });
    await Promise.race([looking, late]).finally(() => clearTimeout(timer));
  }
}

/** Changes when the file does; of a file that is too young it equals nothing. */
function markOf({ dev, ino, size, mtimeMs, mode, uid }: FileStat, clock: Clock): string {
  const young = Math.abs(clock.now() - mtimeMs) < SETTLED_MS;
  return young ? `young ${clock.monotonic()}` : [dev, ino, size, mtimeMs, mode, uid].join(' ');
}
