import { OUTCOME, TASK } from './beside-messages.js';

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
const TASK = ${JSON.stringify(TASK)};
const OUTCOME = ${JSON.stringify(OUTCOME)};
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

function copy(from, to, { times, owner, ownerOfNew, largest }) {
  const source = attempt('open', from, () => fs.openSync(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  try {
    const stat = attempt('look at', from, () => fs.fstatSync(source));
    if (!stat.isFile()) throw { code: 'IRREGULAR', message: '', doing: 'copy', path: from };
    if (stat.size > largest) return { stat, sha256: undefined };
    const bytes = readAll(source, from, stat.size);
    const mode = stat.mode & 0o777;
    const target = attempt('make', to, () => fs.openSync(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode));
    try {
      writeAll(target, to, bytes);
      attempt('set the owner, mode and times of', to, () => {
        if (owner && (stat.uid !== ownerOfNew?.uid || stat.gid !== ownerOfNew.gid))
          fs.fchownSync(target, stat.uid, stat.gid);
        if ((mode & umask) !== 0) fs.fchmodSync(target, mode);
        if (times) fs.futimesSync(target, settable(stat.mtimeMs), settable(stat.mtimeMs));
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
    return { stat, sha256: hash('sha256', bytes, 'base64') };
  } finally {
    fs.closeSync(source);
  }
}

/** Seconds; see settable-time.ts. */
function settable(ms) {
  return (Math.floor(ms * 1000 + 0.3) + 0.5) / 1e6;
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

function finish(path, uid, gid, mtimeMs) {
  if (uid >= 0) attempt('set the owner of', path, () => fs.lchownSync(path, uid, gid));
  attempt('set the times of', path, () => fs.utimesSync(path, settable(mtimeMs), settable(mtimeMs)));
}

function makeDirectory(path, mode) {
  attempt('make the directory', path, () => {
    fs.mkdirSync(path, { mode });
    if ((mode & umask) !== 0 || mode > 0o777) fs.chmodSync(path, mode);
  });
}

function addCopy({ numbers, digests }, { stat, sha256 }) {
  if (sha256 === undefined) return numbers.push(OUTCOME.TOO_LARGE, stat.size);
  numbers.push(OUTCOME.COPIED, stat.size, stat.mode & 0o7777, stat.uid, stat.gid, stat.mtimeMs);
  digests.push(sha256);
}

function tasks({ paths, numbers }, options) {
  const names = paths.split('\0');
  const answer = { numbers: [], digests: [], failures: [] };
  let [at, name] = [0, 0];
  while (at < numbers.length) {
    const code = numbers[at++];
    const inside = '/' + names[name++];
    const path = options.to + inside;
    try {
      if (code === TASK.COPY) addCopy(answer, copy(options.from + inside, path, options));
      else {
        if (code === TASK.FINISH) finish(path, numbers[at++], numbers[at++], numbers[at++]);
        else makeDirectory(path, numbers[at++]);
        answer.numbers.push(OUTCOME.DONE);
      }
    } catch (failure) {
      answer.numbers.push(OUTCOME.FAILED);
      const known = failure.doing !== undefined;
      answer.failures.push(known ? failure : { message: String(failure), doing: 'work on', path });
    }
  }
  return { ...answer, numbers: Float64Array.from(answer.numbers), digests: answer.digests.join('') };
}

parentPort.on('message', (question) => {
  parentPort.postMessage(
    question.kind === 'directories' ? directories(question.paths) : tasks(question.tasks, question.options),
  );
});
`;
