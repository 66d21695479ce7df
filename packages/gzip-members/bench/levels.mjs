#!/usr/bin/env node
/**
 * Speed and size of the codecs by level: `node packages/gzip-members/bench/levels.mjs [MiB]` after a build.
 * Speeds are input bytes by CPU second of this process, so that other work on the machine does not count.
 */
import { libdeflateCodec, MEMBER_SIZE, zlibCodec } from '../dist/index.js';
import { textLike } from './text.mjs';

const size = Number(process.argv[2] ?? 256) << 20;
const data = textLike(size);
const pieces = [];
for (let at = 0; at < size; at += MEMBER_SIZE) pieces.push(data.subarray(at, at + MEMBER_SIZE));

const runs = [
  ...[9, 2, 3, 4, 5, 6].map((level) => [`zlib ${level}`, zlibCodec({ level })]),
  ...[1, 2, 3, 4, 5, 6].map((level) => [`libdeflate ${level}`, libdeflateCodec({ level })]),
].filter(([, codec]) => codec !== undefined);

let reference;
print('codec', 'MB/s in', 'MB/s out', 'ratio', 'to zlib 9');
for (const [name, codec] of runs) {
  const members = [];
  const packing = await measure(async () => {
    for (const piece of pieces) members.push(await codec.compress(piece));
  });
  const unpacking = await measure(async () => {
    for (const [index, member] of members.entries()) await codec.decompress(member, pieces[index].length);
  });
  const total = members.reduce((sum, member) => sum + member.length, 0);
  reference ??= total;
  print(name, packing, unpacking, (total / size).toFixed(4), (total / reference).toFixed(3));
  codec.dispose?.();
}

async function measure(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (size / (user + system)).toFixed(0);
}

function print(...cells) {
  process.stdout.write(`${cells.map((cell, index) => cell.padStart(index === 0 ? 14 : 10)).join('')}\n`);
}
