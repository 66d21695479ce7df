import { type KindPruned, pruneData, pruneKinds } from '@holdfast/backup';
import { type Context, makeWorld } from '../context.js';
import { count, formatBytes } from '../format.js';
import { type KindOptions, kindsOf } from '../sets.js';
import { findSite } from '../site.js';

export interface PruneOptions extends KindOptions {
  readonly dryRun?: boolean;
}

/** `holdfast prune`: what every backup does at its end, alone. */
export async function pruneCommand(context: Context, options: PruneOptions): Promise<void> {
  const { output } = context;
  const config = await findSite(context, options);
  const dryRun = options.dryRun === true;
  const done: KindPruned[] = [];
  for await (const pruned of pruneKinds(makeWorld(context), { config, kinds: kindsOf(options), dryRun })) {
    tell(context, pruned, dryRun);
    done.push(pruned);
  }
  output.result('prune', pruneData(done, dryRun));
  if (done.length === 0) output.line('There is no backup.');
}

function tell({ output }: Context, { kind, plan }: KindPruned, dryRun: boolean): void {
  const verb = dryRun ? ['would stay', 'would go'] : ['stays', 'removed'];
  const going = plan.decisions.filter(({ kept }) => !kept);
  for (const { id, kept, reasons } of plan.decisions)
    output.line(`${kind} ${id} ${verb[kept ? 0 : 1]}: ${reasons.join('; ')}.`);
  const size = `${formatBytes(plan.filestorageBytes)} of filestorage backups`;
  output.line(`${count(going.length, 'set')} ${dryRun ? 'would go' : 'removed'}, ${size}.`);
}
