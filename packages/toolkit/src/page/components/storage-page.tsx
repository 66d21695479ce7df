import type { ComponentChildren } from 'preact';
import type { PageAddresses } from '../assets/assets.js';
import { BarChart } from '../charts/bar-chart.js';
import { LineChart } from '../charts/line-chart.js';
import type { BackupsView, StorageModel, StorageView } from '../model/page-model.js';
import { Actions } from './actions.js';
import { Chains } from './chains.js';
import { Facts } from './facts.js';
import { EndedJobs, RunningJobs } from './jobs.js';
import { Layout } from './layout.js';
import { LockTable } from './lock-table.js';
import { RunTable } from './run-table.js';
import { SetTable } from './set-table.js';
import { Snapshot } from './snapshot.js';
import { Badge, Problems, Reasons } from './verdict.js';

interface StoragePageProps {
  readonly addresses: PageAddresses;
  readonly model: StorageModel;
}

/** One storage in full: the verdict, what can be done now, and what the verdict rests on. */
export function StoragePage({ addresses, model: { head, storage } }: StoragePageProps) {
  const { name, verdict, backups } = storage;
  return (
    <Layout
      addresses={addresses}
      windowTitle={`${verdict.word} · ${name} · ${head.title}`}
      level={verdict.level}
      head={head}
    >
      <nav class="crumbs" aria-label="Where you are">
        <a href="/">All storages</a> <span aria-hidden="true">/</span> <span aria-current="page">{name}</span>
      </nav>
      <section class={`verdict level-${verdict.level}`} aria-labelledby="storage-name">
        <div class="tinted">
          <Badge verdict={verdict} />
          <h1 id="storage-name">{name}</h1>
          <p class="quiet">
            {storage.kind}
            {storage.source === undefined ? '' : `, ${storage.source}`}
          </p>
          <p class="headline">{verdict.headline}</p>
          <Problems problems={verdict.problems} />
        </div>
        <Facts facts={storage.facts} />
        <Reasons reasons={verdict.reasons} />
      </section>
      <div class="columns">
        {storage.hasJobs ? (
          <Section id="jobs" title="Jobs">
            <Jobs storage={storage} csrf={head.csrf} />
          </Section>
        ) : null}
        <Section id="snapshot" title="Snapshot">
          <Snapshot snapshot={storage.snapshot} href={storage.href} csrf={head.csrf} />
        </Section>
      </div>
      {backups === undefined ? null : <Backups backups={backups} />}
    </Layout>
  );
}

function Jobs({ storage, csrf }: { readonly storage: StorageView; readonly csrf: string }) {
  const { running, ended, actions, href } = storage;
  return (
    <>
      {running.length === 0 ? (
        <p class={actions.kind === 'forms' ? 'unseen' : undefined}>No job is running.</p>
      ) : (
        <RunningJobs jobs={running} href={href} csrf={csrf} />
      )}
      <Actions actions={actions} href={href} csrf={csrf} />
      <EndedJobs jobs={ended} />
    </>
  );
}

function Backups({ backups }: { readonly backups: BackupsView }) {
  const { count, chains, sets, growth, durations, locks, runs } = backups;
  return (
    <>
      <Section id="backups" title="Backups">
        {count === 0 ? (
          <p class="empty">No backup yet. The first one is a full backup.</p>
        ) : (
          <>
            <Chains view={chains} />
            <SetTable rows={sets} />
          </>
        )}
      </Section>
      <Section id="growth" title="Growth">
        <div class="figures-row">
          {growth.map((view) => (
            <LineChart {...view} key={view.id} />
          ))}
        </div>
      </Section>
      <Section id="durations" title="How long it takes">
        <div class="figures-row">
          {durations.map((view) => (
            <BarChart {...view} key={view.id} />
          ))}
        </div>
      </Section>
      <Section id="locks" title="Locks">
        <LockTable rows={locks} />
      </Section>
      <Section id="runs" title="Last runs">
        <RunTable rows={runs} />
      </Section>
    </>
  );
}

interface SectionProps {
  readonly id: string;
  readonly title: string;
  readonly children: ComponentChildren;
}

function Section({ id, title, children }: SectionProps) {
  return (
    <section class="part" id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {children}
    </section>
  );
}
