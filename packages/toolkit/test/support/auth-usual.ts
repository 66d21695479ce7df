import { FixedClock } from '@holdfast/test-kit';
import { type Derive, deriveByScrypt } from '../../src/auth/passwords.js';
import { authApp, CHEAP, cheapHash } from './auth-app.js';

/** Notes what would have been computed, and computes it cheaply. */
export function counting() {
  const costs: number[] = [];
  const derive: Derive = (password, salt, length, cost) => {
    costs.push(cost.ln);
    return deriveByScrypt(password, salt, length, CHEAP);
  };
  return { costs, derive };
}

export async function usual(options: Partial<Parameters<typeof authApp>[0]> = {}) {
  const access = `admin:${await cheapHash('richtig')}:admin\nclient:geheim\nviewer:x:read\nbacker:x:backup\n`;
  const { costs, derive } = counting();
  const clock = new FixedClock();
  return { clock, costs, ...(await authApp({ access, clock, derive, ...options })) };
}
