import { argv, execPath } from 'node:process';
import { applyWrites, type InitPlan, planInit, type Write } from '@holdfast/backup';
import { nodeFileSystem } from '@holdfast/durable-fs';
import type { Context } from '../context.js';
import { count } from '../format.js';
import { confirm } from '../prompt.js';

export interface InitOptions {
  readonly part?: string;
  readonly output?: string;
  readonly scripts?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  /** False: `--no-prompt`. */
  readonly prompt?: boolean;
  readonly force?: boolean;
}

/** `holdfast init [FILE]`: shows what it would write, explains it, asks, writes. */
export async function initCommand(
  context: Context,
  source: string | undefined,
  options: InitOptions,
): Promise<void> {
  const { part, output, scripts, force, dryRun = false } = options;
  const plan = await planInit(nodeFileSystem, {
    cwd: context.cwd,
    source,
    part,
    output,
    scripts,
    force,
    program: argv[1] === undefined ? [execPath] : [execPath, argv[1]],
  });
  show(context, plan);
  const written = !dryRun && (await agreed(context, plan, options));
  if (written) await applyWrites(nodeFileSystem, plan.writes);
  context.output.result('init', asJson(plan, dryRun, written));
  context.output.line(written ? `Wrote ${count(changes(plan).length, 'file')}.` : 'Nothing was written.');
  if (written) next(context, plan);
}

const changes = ({ writes }: InitPlan): readonly Write[] => writes.filter(({ action }) => action !== 'none');

function show({ output }: Context, plan: InitPlan): void {
  for (const note of plan.notes) output.line(note);
  if (plan.toml !== undefined) {
    output.line('');
    output.line(`${plan.file}:`);
    output.line('');
    for (const line of plan.toml.trimEnd().split('\n')) output.line(`    ${line}`);
    output.line('');
  }
  for (const warning of plan.warnings) output.warn(warning);
  for (const write of plan.writes) output.line(sentence(write));
}

function sentence({ path, action, keepAs }: Write): string {
  if (action === 'none') return `${path} is as it should be.`;
  if (keepAs !== undefined) return `${path} will be replaced; the old one is kept as ${keepAs}.`;
  return `${path} will be ${action === 'create' ? 'written' : 'replaced'}.`;
}

async function agreed(context: Context, plan: InitPlan, { yes, prompt }: InitOptions): Promise<boolean> {
  const files = changes(plan);
  if (files.length === 0) return false;
  if (yes === true || prompt === false) return true;
  // With -q or --json the plan was not shown: the question then says what it is about.
  const unseen = context.output.quiet || context.output.json;
  return await confirm(context, unseen ? files.map(sentence) : [], 'Write this');
}

function next({ output }: Context, { file, scripts }: InitPlan): void {
  output.line(`Next: \`holdfast backup --config ${file} --dry-run\`, then a first backup.`);
  if (scripts.length > 0)
    output.line(
      'Take the part out of the buildout first: buildout removes scripts of parts that are gone, and writes over these.',
    );
}

function asJson(plan: InitPlan, dryRun: boolean, written: boolean): Readonly<Record<string, unknown>> {
  const { file, site, toml, writes, notes, warnings } = plan;
  return {
    file,
    site,
    dryRun,
    written,
    toml: toml ?? null,
    files: writes.map(({ kind, path, action, keepAs }) => ({ kind, path, action, keptAs: keepAs ?? null })),
    notes,
    warnings,
  };
}
