import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { flockReachesEveryHost, mountOf, parseMounts, reaches } from '../src/flock-reach.js';

const TABLE = parseMounts(
  [
    '22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro',
    '30 22 0:40 / /srv/nfs rw,relatime shared:9 master:2 - nfs4 server:/x rw,vers=4.2,local_lock=none',
    '31 22 0:41 / /srv/nfs/deep\\040dir rw - nfs server:/y rw,vers=3,nolock,local_lock=all',
    '32 22 0:42 / /srv/sshfs rw - fuse.sshfs u@h:/ rw,user_id=0',
    '33 22 0:43 / /srv/cifs rw - cifs //h/s rw,nobrl',
    '34 22 0:44 / /srv/disk rw - fuseblk /dev/sdb1 rw',
    '35 22 0:45 / /srv/plan9 rw - 9p host rw,trans=virtio',
    '36 22 0:46 / /srv/flat rw - xfs /dev/sdc1 rw',
    '37 22 0:47 / /srv/flat rw - nfs server:/z rw,local_lock=flock',
    'garbage',
    '',
  ].join('\n'),
);

describe('whether flock keeps out every machine that has the directory mounted', () => {
  test.each([
    ['/home/x', 'ext4', true],
    ['/srv', 'ext4', true],
    ['/srv/nfs', 'nfs4', true],
    ['/srv/nfsx', 'ext4', true],
    ['/srv/nfs/deep dir/a', 'nfs', false],
    ['/srv/sshfs/a', 'fuse.sshfs', false],
    ['/srv/cifs', 'cifs', false],
    ['/srv/disk', 'fuseblk', true],
    ['/srv/plan9', '9p', false],
    ['/srv/flat/top', 'nfs', false],
  ])('%s lies on %s: %s', (path, type, expected) => {
    const mount = mountOf(path, TABLE);
    expect(mount?.type).toBe(type);
    expect(reaches(mount!)).toBe(expected);
  });

  test('is looked up for a real directory', async () => {
    expect(await flockReachesEveryHost(await temporaryDirectory())).toBe(true);
  });
});
