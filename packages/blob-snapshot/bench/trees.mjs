/**
 * One backup of blobs as a process of its own, for the benchmark:
 * `node trees.mjs SOURCE LOCATION STAMP STYLE [SINCE FIRST COUNT]`, STYLE `tree` or `pool`. With SINCE (the stamp of the
 * state before) the backup is log-driven, and the blobs FIRST to FIRST + COUNT - 1 are the changes.
 */
import { nodeBulkFiles, nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { prepareBlobs } from '../dist/prepare.js';
import { referenceOf } from './make-blobs.mjs';

const [source, location, stamp, kind, since, first, count] = process.argv.slice(2);
const style = kind === 'tree' ? { kind, rotated: false } : { kind };
/** The state of the Data.fs at each stamp: any number will do, if both runs say the same. */
const END = 1000;
const changes = since && {
  since: { stamp: since, end: END },
  made: Array.from({ length: Number(count) }, (_, at) => referenceOf(Number(first) + at)),
};
const started = performance.now();
const steps = {};
const failpoint = (name) => {
  steps[name] = Math.round(performance.now() - started) / 1000;
};
const engine = { fs: nodeFileSystem, bulk: nodeBulkFiles, clock: systemClock, failpoint };
const data = { end: END, tid: undefined };
const prepared = await prepareBlobs(engine, {
  source,
  location,
  stamp,
  style,
  data,
  ...(changes && { changes }),
});
await prepared.publish();
const { total, linked, copied } = prepared.summary;
const seconds = (performance.now() - started) / 1000;
console.log(
  JSON.stringify({ seconds, steps, total, linked, copied, peakMB: process.resourceUsage().maxRSS / 1000 }),
);
