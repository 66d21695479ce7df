import type { Clock } from '@holdfast/durable-fs';
import { type AuthLog, shown } from './auth-log.js';
import type { Credentials } from './basic-credentials.js';
import { GuessQueue, type QueueLimits, type Rank } from './guess-queue.js';
import type { Identity } from './identity.js';
import type { LiveUsers, Users } from './live-users.js';
import { type Derive, nobodysSecret, type StoredSecret, verifyPassword } from './passwords.js';
import { Proofs } from './proofs.js';
import { type Guesser, Throttle } from './throttle.js';

export type Proof =
  | { readonly kind: 'proven'; readonly identity: Identity }
  | { readonly kind: 'refused' }
  | { readonly kind: 'wait'; readonly seconds: number };

export interface ProverOptions {
  readonly users: LiveUsers;
  readonly clock: Clock;
  readonly log: AuthLog;
  readonly derive: Derive;
  readonly limits: QueueLimits;
}

/** Of one for whom there was no room. */
const FULL_WAIT_SECONDS = 2;
const REFUSED: Proof = { kind: 'refused' };

/** Says whether somebody is who they say, at a bounded cost, without telling guessers anything. */
export class Prover {
  readonly #proofs: Proofs;
  readonly #throttle: Throttle;
  readonly #queue: GuessQueue;
  /** The same credentials from the same address, asked for at the same time, are looked at once. */
  readonly #pending = new Map<string, Promise<Proof>>();

  constructor(private readonly options: ProverOptions) {
    const { clock, limits } = options;
    this.#proofs = new Proofs(clock);
    this.#throttle = new Throttle(clock);
    this.#queue = new GuessQueue(clock, limits);
  }

  /** @param address as `makeClientKeys` says it */
  async prove(credentials: Credentials, address: string): Promise<Proof> {
    const users = await this.options.users.current();
    const who = { address, user: credentials.user };
    const name = this.#proofs.nameOf(credentials, address);
    if (this.#throttle.mayUseProof(who) && this.#proofs.has(name, users)) return identify(users, who);
    const pending = this.#pending.get(name);
    if (pending !== undefined) return await pending;
    const proving = this.look(credentials, who, users, name).finally(() => this.#pending.delete(name));
    this.#pending.set(name, proving);
    return await proving;
  }

  close(): void {
    this.#queue.close();
  }

  private async look(credentials: Credentials, who: Guesser, users: Users, name: string): Promise<Proof> {
    if (this.#throttle.waitMs(who) > 0) return this.slow(who);
    const good = await this.#queue.run({
      rank: this.rankOf(who),
      address: who.address,
      mayStart: () => this.#throttle.waitMs(who) === 0,
      work: () => this.verify(credentials, who, users),
    });
    if (good === undefined) return this.slow(who);
    if (!good) {
      this.options.log.warn(
        { user: shown(who.user), address: who.address },
        'a user and password were refused',
      );
      return REFUSED;
    }
    this.#proofs.add(name, users);
    return identify(users, who);
  }

  private rankOf(who: Guesser): Rank {
    if (this.#throttle.isKnown(who)) return 0;
    return this.#throttle.hasFailures(who) || this.#queue.hasWaiting(who.address) ? 2 : 1;
  }

  private async verify({ user, password }: Credentials, who: Guesser, users: Users): Promise<boolean> {
    const attempt = this.#throttle.begin(who);
    try {
      const found = users.byName.get(user);
      const secret = found?.secret ?? this.stranger(user, users);
      const good = (await verifyPassword(password, secret, this.options.derive)) && found !== undefined;
      if (good) attempt.succeeded();
      return good;
    } catch (error) {
      attempt.abandoned();
      throw error;
    }
  }

  /** Costs as much as one of the users, always the same one: the time does not tell who is none. */
  private stranger(user: string, users: Users): StoredSecret {
    const digest = Buffer.from(this.#proofs.nameOf({ user, password: '' }, ''), 'base64');
    return nobodysSecret(users.list[digest.readUInt32BE(0) % users.list.length]?.secret);
  }

  private slow(who: Guesser): Proof {
    const waitMs = this.#throttle.waitMs(who);
    const seconds = waitMs > 0 ? Math.ceil(waitMs / 1000) : FULL_WAIT_SECONDS;
    const times = this.#throttle.refused(who);
    // The first, the tenth, the hundredth: a flood of tries is no flood of lines.
    if (/^10*$/.test(String(times)))
      this.options.log.warn(
        { user: shown(who.user), address: who.address, times, seconds },
        'somebody who guesses has to wait',
      );
    return { kind: 'wait', seconds };
  }
}

function identify(users: Users, { user }: Guesser): Proof {
  const found = users.byName.get(user);
  return found === undefined
    ? REFUSED
    : { kind: 'proven', identity: { user: found.name, roles: found.roles } };
}
