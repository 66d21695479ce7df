/**
 * What the other thread runs: text, because a program that was bundled into one file has no second file to start it
 * from. It answers each message with one, in order. Nothing follows a link, nothing waits on a FIFO, no name is taken twice.
 */
export const BESIDE_PROGRAM = `
'use strict';
const fs = require('node:fs');
const { hash } = require('node:crypto');
const { parentPort } = require('node:worker_threads');
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants;
const umask = process.umask();
let buffer = Buffer.allocUnsafeSlow(1 << 16);

function attempt(doing, path, call) {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (error.code === 'EINTR') continue;
      throw { code: error.code, errno: error.errno, message: error.message, doing, path };
    }
  }
}

function directories(paths) {
  try {
    for (const path of paths) attempt('make the directory', path, () => fs.mkdirSync(path, 0o700));
  } catch (failure) {
    return failure;
  }
}

function copy({ from, to }, { times, owner }) {
  const source = attempt('open', from, () => fs.openSync(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  try {
    const stat = attempt('look at', from, () => fs.fstatSync(source));
    if (!stat.isFile()) throw { code: 'IRREGULAR', message: '', doing: 'copy', path: from };
    const bytes = readAll(source, from, stat.size);
    const mode = stat.mode & 0o777;
    const target = attempt('make', to, () => fs.openSync(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode));
    try {
      writeAll(target, to, bytes);
      attempt('set the owner, mode and times of', to, () => {
        if (owner) fs.fchownSync(target, stat.uid, stat.gid);
        if ((mode & umask) !== 0) fs.fchmodSync(target, mode);
        if (times) {
          const seconds = (Math.floor(stat.mtimeMs * 1000 + 0.3) + 0.5) / 1e6;
          fs.futimesSync(target, seconds, seconds);
        }
      });
      attempt('close', to, () => fs.closeSync(target));
    } catch (failure) {
      for (const step of [() => fs.closeSync(target), () => fs.unlinkSync(to)]) {
        try {
          step();
        } catch {}
      }
      throw failure;
    }
    const { size, uid, gid, mtimeMs } = stat;
    return {
      stat: { size, mode: stat.mode & 0o7777, uid, gid, mtimeMs },
      sha256: hash('sha256', bytes, 'base64'),
    };
  } finally {
    fs.closeSync(source);
  }
}

function readAll(fd, path, size) {
  if (buffer.length < size) buffer = Buffer.allocUnsafeSlow(size);
  let count = 0;
  while (count < size) {
    const more = attempt('read', path, () => fs.readSync(fd, buffer, count, size - count, count));
    if (more === 0) throw { code: 'SHORT', message: '', doing: 'read', path };
    count += more;
  }
  return buffer.subarray(0, count);
}

function writeAll(fd, path, bytes) {
  for (let done = 0; done < bytes.length; ) {
    const count = attempt('write', path, () => fs.writeSync(fd, bytes, done, bytes.length - done, done));
    if (count <= 0) throw { code: 'ENOSPC', message: 'no byte was accepted', doing: 'write', path };
    done += count;
  }
}

function copies(all, options) {
  return all.map((one) => {
    try {
      return copy(one, options);
    } catch (failure) {
      return { failure: failure.doing === undefined ? { message: String(failure), doing: 'copy', path: one.from } : failure };
    }
  });
}

parentPort.on('message', (question) => {
  parentPort.postMessage(
    question.kind === 'directories' ? directories(question.paths) : copies(question.copies, question.options),
  );
});
`;
