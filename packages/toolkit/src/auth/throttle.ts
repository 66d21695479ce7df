/**
 * Who guesses has to wait. Counted for each address, and for each user at each address; never for a user alone, so that
 * nobody is locked out by what others do elsewhere. See docs/toolkit/security.md, "Guessing".
 */
import { createHash } from 'node:crypto';
import type { Clock } from '@holdfast/durable-fs';
import { isShared } from './address-key.js';
import { Recent } from './recent.js';

/** Somebody who tries, as `makeClientKeys` says it. */
export interface Guesser {
  readonly address: string;
  readonly user: string;
}

/** A try counts as failed, unless one of them is called, once. */
interface Attempt {
  succeeded(): void;
  /** It could not be looked at. */
  abandoned(): void;
}

const FREE_FAILURES = 5;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** Where everybody of this machine may share one address: nobody there shuts out the others. */
const LONGEST_SHARED_WAIT_MS = 5000;
/** Of no try, after the waiting. */
const QUIET_MS = 15 * 60_000;
const KNOWN_MS = 12 * 3_600_000;
const MOST_ENTRIES = 10_000;
/** Tries of a user at an address, after which also a proof that is remembered does not help. */
const MOST_BESIDE_PROOF = 100;

interface Entry {
  readonly failures: number;
  /** Tries that were not looked at. */
  readonly refused: number;
  /** Monotonic. */
  readonly until: number;
  /** Monotonic. */
  readonly last: number;
}

export class Throttle {
  readonly #addresses = new Recent<Entry>(MOST_ENTRIES);
  readonly #pairs = new Recent<Entry>(MOST_ENTRIES);
  /** Monotonic times of the last success. */
  readonly #known = new Recent<number>(MOST_ENTRIES);
  /** Refused where there was no room, and of whom nothing is remembered. */
  #refusedStrangers = 0;

  constructor(private readonly clock: Clock) {}

  /** Entries that are remembered. */
  get size(): number {
    return this.#addresses.size + this.#pairs.size + this.#known.size;
  }

  /** Milliseconds until this one may try; 0: now. */
  waitMs(who: Guesser): number {
    const ofPair = this.entry(this.#pairs, pairKey(who))?.until ?? 0;
    const ofAddress = this.isKnown(who) ? 0 : (this.entry(this.#addresses, who.address)?.until ?? 0);
    return Math.max(0, Math.max(ofPair, ofAddress) - this.clock.monotonic());
  }

  /** Whether the user has got in from this address lately: then only failures of its own are counted. */
  isKnown(who: Guesser): boolean {
    const at = this.#known.get(pairKey(who));
    return at !== undefined && this.clock.monotonic() - at < KNOWN_MS;
  }

  hasFailures({ address }: Guesser): boolean {
    return (this.entry(this.#addresses, address)?.failures ?? 0) > 0;
  }

  /** False for a user at an address where so many have failed that remembered proofs could be what is guessed at. */
  mayUseProof(who: Guesser): boolean {
    const entry = this.entry(this.#pairs, pairKey(who));
    return entry === undefined || entry.failures + entry.refused < MOST_BESIDE_PROOF;
  }

  /**
   * Somebody tried who has to wait. Makes no wait longer, and no entry: names that are made up push nothing out.
   *
   * @returns how often this was so: for the user at the address, or where nothing is remembered of the two, for the address
   */
  refused(who: Guesser): number {
    const ofAddress = this.countRefused(this.#addresses, who.address);
    const ofPair = this.countRefused(this.#pairs, pairKey(who));
    return ofPair ?? ofAddress ?? ++this.#refusedStrangers;
  }

  /** A try begins, and counts as failed at once: many at the same time are no way around the waiting. */
  begin(who: Guesser): Attempt {
    const longest = isShared(who.address) ? LONGEST_SHARED_WAIT_MS : LONGEST_WAIT_MS;
    const address = this.count(this.#addresses, who.address, longest);
    const pair = this.count(this.#pairs, pairKey(who), longest);
    return {
      succeeded: () => {
        address.undo();
        this.#pairs.delete(pairKey(who));
        this.#known.set(pairKey(who), this.clock.monotonic());
      },
      abandoned: () => {
        address.undo();
        pair.undo();
      },
    };
  }

  private count(entries: Recent<Entry>, key: string, longest: number) {
    const before = this.entry(entries, key);
    const now = this.clock.monotonic();
    const failures = (before?.failures ?? 0) + 1;
    const refused = before?.refused ?? 0;
    const until = now + backOff(failures, longest);
    entries.set(key, { failures, refused, until, last: now });
    return {
      undo: () => {
        const current = this.entry(entries, key);
        if (current === undefined) return;
        if (current.failures === 1) {
          entries.delete(key);
          return;
        }
        // The wait of another one, who began later and failed, stays.
        const left = current.until === until ? (before?.until ?? 0) : current.until;
        entries.set(key, { ...current, failures: current.failures - 1, until: left });
      },
    };
  }

  /** It is not forgotten meanwhile. Undefined: there is no entry. */
  private countRefused(entries: Recent<Entry>, key: string): number | undefined {
    const entry = this.entry(entries, key);
    if (entry === undefined) return undefined;
    const refused = entry.refused + 1;
    entries.set(key, { ...entry, refused, last: this.clock.monotonic() });
    return refused;
  }

  /** Without what was forgotten. */
  private entry(entries: Recent<Entry>, key: string): Entry | undefined {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    const quietSince = Math.max(entry.last, entry.until);
    if (this.clock.monotonic() - quietSince < QUIET_MS) return entry;
    entries.delete(key);
    return undefined;
  }
}

function backOff(failures: number, longest: number): number {
  if (failures < FREE_FAILURES) return 0;
  return Math.min(FIRST_WAIT_MS * 2 ** (failures - FREE_FAILURES), longest);
}

/** Of one size, however long the name is that somebody sends. */
function pairKey({ address, user }: Guesser): string {
  return `${address} ${createHash('sha256').update(user).digest('base64')}`;
}
