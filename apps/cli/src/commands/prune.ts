import { needRepository, planPrune, prune, type RetentionPlan, type SetKind } from '@holdfast/backup';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { type Context, makeWorld } from '../context.js';
import { count, formatBytes } from '../format.js';
import { type KindOptions, kindsOf } from '../sets.js';
import { findSite } from '../site.js';

export interface PruneOptions extends KindOptions {
  readonly dryRun?: boolean;
}

/** `holdfast prune`: what every backup does at its end, alone. */
export async function pruneCommand(context: Context, options: PruneOptions): Promise<void> {
  const { output, signal } = context;
  const world = makeWorld(context);
  const config = await findSite(context, options);
  const dryRun = options.dryRun === true;
  const kinds = kindsOf(options);
  await needRepository(nodeFileSystem, config, kinds);
  const data: object[] = [];
  for (const kind of kinds) {
    const plan = await planPrune(world, config, kind);
    if (plan.decisions.length === 0) continue;
    const locking = { fs: nodeFileSystem, command: 'holdfast prune', signal };
    const done =
      dryRun || plan.removals.length === 0 ? plan : (await prune(world, config, kind, locking)).plan;
    tell(context, kind, done, dryRun);
    data.push({
      kind,
      sets: done.decisions,
      filestorageBytes: done.filestorageBytes,
      removals: done.removals.length,
    });
  }
  output.result('prune', { dryRun, kinds: data });
  if (data.length === 0) output.line('There is no backup.');
}

function tell({ output }: Context, kind: SetKind, plan: RetentionPlan, dryRun: boolean): void {
  const verb = dryRun ? ['would stay', 'would go'] : ['stays', 'removed'];
  const going = plan.decisions.filter(({ kept }) => !kept);
  for (const { id, kept, reasons } of plan.decisions)
    output.line(`${kind} ${id} ${verb[kept ? 0 : 1]}: ${reasons.join('; ')}.`);
  const size = `${formatBytes(plan.filestorageBytes)} of filestorage backups`;
  output.line(`${count(going.length, 'set')} ${dryRun ? 'would go' : 'removed'}, ${size}.`);
}
