import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '@holdfast/durable-fs';
import type { Credentials } from './basic-credentials.js';
import type { Users } from './live-users.js';
import { Recent } from './recent.js';

const GOOD_FOR_MS = 5 * 60_000;
const MOST_PROOFS = 1000;

/**
 * Who has proved to be who, so that a client that asks every second does not cost scrypt every second. Only an HMAC of user,
 * password and address is kept, under a key of this process; nothing of another version of the access file is.
 */
export class Proofs {
  readonly #key = randomBytes(32);
  readonly #proofs = new Recent<number>(MOST_PROOFS);
  #of: Users | undefined;

  constructor(private readonly clock: Clock) {}

  nameOf({ user, password }: Credentials, address: string): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([user, password, address]))
      .digest('base64');
  }

  has(name: string, users: Users): boolean {
    if (users !== this.#of) return false;
    const at = this.#proofs.get(name);
    return at !== undefined && this.clock.monotonic() - at < GOOD_FOR_MS;
  }

  add(name: string, users: Users): void {
    if (users !== this.#of) this.#proofs.clear();
    this.#of = users;
    this.#proofs.set(name, this.clock.monotonic());
  }
}
