import { basename, join } from 'node:path';
import { fillDurably, makeDirectories } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { alreadyThere } from './already-there.js';
import type { BlobEngine } from './engine.js';
import { type BlobLayout, readLayout } from './layout.js';
import { listBlobBackups } from './location.js';
import { PARTIAL, treeName } from './names.js';
import { preparePool } from './pool.js';
import { removePoolLeftovers } from './pool-leftovers.js';
import { type BlobPlan, planBlobs } from './prepare-plan.js';
import { Prepared } from './prepared.js';
import { renameDirectory, rotateTrees, setLatest } from './publish-location.js';
import { removeTree } from './remove-tree.js';
import type { BlobBackupRequest, BlobBackupSummary, PreparedBlobs } from './request.js';
import { buildTree } from './tree-build.js';

type TreePlan = Extract<BlobPlan, { kind: 'tree' }>;

/** Trees and pools: what is to be done is planned from what lies in the location. */
export async function prepareTrees(engine: BlobEngine, request: BlobBackupRequest): Promise<PreparedBlobs> {
  const source = await engine.fs.realPath(request.source);
  const layout = await readLayout(engine.fs, source);
  if (request.dryRun !== true) {
    await makeDirectories(engine.fs, request.location);
    await removeLeftovers(engine, request.location);
  }
  const bases = [basename(request.source)];
  const location = await listBlobBackups(engine, request.location, { bases });
  const plan = await planBlobs(engine, request, location);
  if (plan.kind === 'nothing') {
    const publish = () => setLatest(engine, request.location, treeName(plan.backup.id));
    return await alreadyThere(engine, request, { layout, backup: plan.backup, publish });
  }
  if (plan.kind === 'pool')
    return await preparePool({ engine, request, layout, source, patterns: plan.patterns }, plan.previous);
  return await prepareTree(engine, request, { source, layout, plan });
}

/** What killed runs left: files that were half-way into a shared tree are taken out of it again. */
async function removeLeftovers(engine: BlobEngine, location: string): Promise<void> {
  for (const { name, kind } of await engine.fs.readDirectory(location)) {
    if (!name.startsWith(PARTIAL)) continue;
    const path = join(location, name);
    if (kind !== 'directory') await engine.fs.unlink(path);
    else if (!(await removePoolLeftovers(engine, location, name))) await removeTree(engine, path);
  }
}

interface TreeTask {
  readonly source: string;
  readonly layout: BlobLayout;
  readonly plan: TreePlan;
}

async function prepareTree(
  engine: BlobEngine,
  request: BlobBackupRequest,
  task: TreeTask,
): Promise<PreparedBlobs> {
  const { fs, bulk, failpoint } = engine;
  const { plan } = task;
  if (request.dryRun === true) return new Prepared(await build(engine, request, task, undefined), NOTHING);
  const partial = join(request.location, `${PARTIAL}${plan.name}`);
  const discard = () => removeTree({ bulk }, partial);
  try {
    await fs.makeDirectory(partial, 0o700);
    const summary = await fillDurably(bulk, partial, async () => {
      const built = await build(engine, request, task, partial);
      await failpoint?.('built-tree');
      return built;
    });
    await failpoint?.('synced-tree');
    const publish = () => publishTree(engine, request.location, plan, partial);
    return new Prepared(summary, { publish, discard });
  } catch (error) {
    await discard().catch(() => {});
    throw error;
  }
}

const NOTHING = { publish: async () => {}, discard: async () => {} };

/** A manifest that cannot be believed costs time, not the backup: the tree itself is looked at instead. */
async function build(
  engine: BlobEngine,
  request: BlobBackupRequest,
  task: TreeTask,
  partial: string | undefined,
): Promise<BlobBackupSummary> {
  const job = { engine, request, ...task, partial };
  try {
    return await buildTree({ ...job, distrust: false });
  } catch (error) {
    if (!isHoldfastError(error, 'blobs.manifest')) throw error;
    if (partial !== undefined) {
      await removeTree(engine, partial);
      await engine.fs.makeDirectory(partial, 0o700);
    }
    const plan = { ...task.plan, way: 'walk' } as const;
    return await buildTree({ ...job, plan, distrust: true });
  }
}

async function publishTree(
  engine: BlobEngine,
  location: string,
  plan: TreePlan,
  partial: string,
): Promise<void> {
  const { fs, failpoint } = engine;
  if (plan.rotated) await rotateTrees(engine, location, plan.outer);
  await renameDirectory(fs, partial, join(location, plan.name));
  await fs.syncDirectory(location);
  await failpoint?.('published-tree');
  if (!plan.rotated) await setLatest(engine, location, plan.name);
}
