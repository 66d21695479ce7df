import type { ComponentChildren } from 'preact';
import type { PageAddresses } from '../assets/assets.js';
import type { PageHead } from '../model/page-model.js';
import type { Level } from '../model/verdict.js';
import { Mark } from './symbols.js';
import { When } from './when.js';

interface LayoutProps {
  readonly addresses: PageAddresses;
  /** Of the window: the most telling word first. */
  readonly windowTitle: string;
  /** The little picture of the window. */
  readonly level: Level;
  /** Undefined: of an error, which knows no more than the title of the server. */
  readonly head: PageHead | undefined;
  readonly children: ComponentChildren;
}

/** What all pages have: the head of the document, the head of the page, its main part. */
export function Layout({ addresses, windowTitle, level, head, children }: LayoutProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{windowTitle}</title>
        <link rel="stylesheet" href={addresses.style} />
        <link id="icon" rel="icon" type="image/svg+xml" href={addresses.icons[level]} />
        {head === undefined ? null : <script src={addresses.script} defer />}
        {head?.busy === true ? (
          <noscript>
            <meta http-equiv="refresh" content={`5;url=${head.href}`} />
          </noscript>
        ) : null}
      </head>
      <body>
        <a class="skip" href="#content">
          To the content
        </a>
        <header class="site-head">
          <a class="brand" href="/" aria-label="Holdfast: all storages">
            <Mark />
            <span>Holdfast</span>
          </a>
          {head === undefined ? null : <p class="head-title">{head.title}</p>}
          {head === undefined ? null : <HeadFacts head={head} />}
        </header>
        <main id="content" tabIndex={-1} data-refresh={head === undefined ? undefined : head.busy ? 5 : 60}>
          {children}
        </main>
        <p id="announce" class="unseen" role="status" />
        <footer class="site-foot">
          <p>All times are UTC; a GB is a thousand million bytes.</p>
          <nav aria-label="For machines">
            <a href="/api/v1/storages">JSON</a> <a href="/metrics">Figures for Prometheus</a>
          </nav>
        </footer>
      </body>
    </html>
  );
}

function HeadFacts({ head }: { readonly head: PageHead }) {
  return (
    <p class="head-facts">
      <span>
        as <b>{head.user}</b>
      </span>
      <span class="read-at">
        read <When moment={head.readAt} show="utc" />
      </span>
    </p>
  );
}
