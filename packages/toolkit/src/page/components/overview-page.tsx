import type { PageAddresses } from '../assets/assets.js';
import type { OverviewModel, StorageCard } from '../model/page-model.js';
import { LEVEL_WORDS } from '../model/verdict.js';
import { Facts } from './facts.js';
import { RunningJobs } from './jobs.js';
import { Layout } from './layout.js';
import { Badge, Problems } from './verdict.js';
import { When } from './when.js';

interface OverviewProps {
  readonly addresses: PageAddresses;
  readonly model: OverviewModel;
}

/** All storages, the worst first. */
export function OverviewPage({ addresses, model }: OverviewProps) {
  const { head, level, sentence, storages } = model;
  return (
    <Layout
      addresses={addresses}
      windowTitle={`${LEVEL_WORDS[level]} · ${head.title}`}
      level={level}
      head={head}
    >
      <h1 class="lead">{sentence}</h1>
      {storages.length === 0 ? (
        <p class="empty">Storages are named in the configuration of the server.</p>
      ) : null}
      {storages.map((storage) => (
        <Card storage={storage} csrf={head.csrf} key={storage.name} />
      ))}
    </Layout>
  );
}

function Card({ storage, csrf }: { readonly storage: StorageCard; readonly csrf: string }) {
  const { name, href, kind, verdict, facts, snapshot, running } = storage;
  return (
    <article
      class={`card level-${verdict.level}`}
      id={`storage-${name}`}
      aria-label={`${name}: ${verdict.word}`}
    >
      <header class="tinted">
        <div class="card-head">
          <Badge verdict={verdict} />
          <h2>
            <a href={href}>{name}</a>
          </h2>
          <p class="quiet">{kind}</p>
        </div>
        <p class="headline">{verdict.headline}</p>
        <Problems problems={verdict.problems} />
      </header>
      <Facts facts={facts} />
      {snapshot.state === 'held' || snapshot.state === 'foreign' ? (
        <p class="card-note">
          <span class="mark-word mark-snapshot-held">Frozen</span> in snapshot{' '}
          <span class="code">{snapshot.code}</span>
          {snapshot.entered === undefined ? null : (
            <>
              , entered <When moment={snapshot.entered} />
            </>
          )}
        </p>
      ) : null}
      {running.length === 0 ? null : <RunningJobs jobs={running} href={href} csrf={csrf} />}
    </article>
  );
}
