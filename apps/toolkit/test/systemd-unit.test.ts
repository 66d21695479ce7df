import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const unit = readFileSync(
  fileURLToPath(new URL('../systemd/holdfast-toolkit.service', import.meta.url)),
  'utf8',
);

/** The words of a setting that stands once in the unit. */
function wordsOf(setting: string): readonly string[] {
  const found = unit.split('\n').filter((line) => line.startsWith(`${setting}=`));
  expect(found, setting).toHaveLength(1);
  return found[0]!.slice(setting.length + 1).split(' ');
}

test('the systemd unit allows the sockets of the server, and netlink: fastify asks for the interfaces behind 0.0.0.0', () => {
  expect([...wordsOf('RestrictAddressFamilies')].sort()).toEqual([
    'AF_INET',
    'AF_INET6',
    'AF_NETLINK',
    'AF_UNIX',
  ]);
});
