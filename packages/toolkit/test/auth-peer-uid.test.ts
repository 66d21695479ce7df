import { connect, createServer } from 'node:net';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { whenDone } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { peerUid, rowOf, uidIn } from '../src/auth/peer-uid.js';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
/** The server listens on 8042; it, and its end of a connection, are of 104. */
const TCP = `${HEAD}   0: 0100007F:1F6A 00000000:0000 0A 00000000:00000000 00:00000000 00000000   104        0 18621 1 0000000049d9b5a5 100 0 0 10 0
   1: 0100007F:1F6A 0100007F:D431 01 00000000:00000000 00:00000000 00000000   104        0 19001 1 0000000049d9b5a6 20 4 30 10 -1
   2: 0100007F:D431 0100007F:1F6A 01 0000001C:00000000 01:00000014 00000000  1001        0 19000 2 0000000049d9b5a7 20 4 1 10 -1
   3: 0100007F:D432 0100007F:1F6A 06 00000000:00000000 03:00000F2C 00000000     0        0 0 3 0000000049d9b5a8
   4: 0200007F:D431 0100007F:1F6A 01 00000000:00000000 00:00000000 00000000     0        0 19007 1 0000000049d9b5a9 20 4 1 10 -1
`;
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:A2B4 00000000000000000000000001000000:1F6A 01 00000000:00000000 00:00000000 00000000    33        0 20111 1 0000000049d9b5b0 20 4 30 10 -1
   1: 0000000000000000FFFF00000100007F:A2B6 0000000000000000FFFF00000100007F:1F6A 01 00000000:00000000 00:00000000 00000000 65534        0 20112 1 0000000049d9b5b1 20 4 30 10 -1
`;

const ends = (remoteAddress: string, remotePort: number, localAddress = remoteAddress) => ({
  remoteAddress,
  remotePort,
  localAddress,
  localPort: 8042,
});

describe('the user at the other end of a connection', () => {
  test.each([
    ['IPv4', TCP, ends('127.0.0.1', 0xd431), 1001],
    ['IPv4, to a server that listens on ::', TCP, ends('::ffff:127.0.0.1', 0xd431), 1001],
    ['IPv4, from another address of this machine', TCP, ends('127.0.0.2', 0xd431, '127.0.0.1'), 0],
    ['IPv4, of a process that made an IPv6 socket', TCP6, ends('127.0.0.1', 0xa2b6), 65_534],
    ['IPv6', TCP6, ends('::1', 0xa2b4), 33],
    ['one that is closed there: its row says root', TCP, ends('127.0.0.1', 0xd432), undefined],
    ['one that is not there', TCP, ends('127.0.0.1', 0xd433), undefined],
    ['IPv6 in the table of IPv4', TCP, ends('::1', 0xd431), undefined],
    [
      'a table cut off before the inode',
      TCP.slice(0, TCP.indexOf('19000')),
      ends('127.0.0.1', 0xd431),
      undefined,
    ],
  ])('%s', (_, table, socket, uid) => {
    expect(uidIn(table, rowOf(socket, 'LE')!)).toBe(uid);
  });

  test('is written the other way round on a big-endian machine', () => {
    const table = TCP.replaceAll('0100007F', '7F000001');
    expect(uidIn(table, rowOf(ends('127.0.0.1', 0xd431), 'BE')!)).toBe(1001);
  });

  test('is not looked for where an end is not known', async () => {
    expect(await peerUid(nodeFileSystem, {})).toBeUndefined();
    expect(await peerUid(nodeFileSystem, { ...ends('127.0.0.1', 1), localAddress: 'x' })).toBeUndefined();
  });

  test.skipIf(process.platform !== 'linux').each(['127.0.0.1', '::1'])('is this one, on %s', async (host) => {
    const server = createServer();
    whenDone(() => void server.close());
    const listening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen({ host, port: 0 }, () => resolve(true));
    });
    // A machine without IPv6.
    if (!listening) return;
    const accepted = new Promise<import('node:net').Socket>((resolve) => server.once('connection', resolve));
    const client = connect({ host, port: (server.address() as { port: number }).port });
    whenDone(() => void client.destroy());
    const socket = await accepted;
    whenDone(() => void socket.destroy());
    expect(await peerUid(nodeFileSystem, socket)).toBe(process.getuid!());
  });
});
