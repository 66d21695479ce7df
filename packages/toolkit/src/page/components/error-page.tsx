import type { PageAddresses } from '../assets/assets.js';
import { Layout } from './layout.js';
import { Words } from './words.js';

interface ErrorPageProps {
  readonly addresses: PageAddresses;
  readonly status: number;
  readonly message: string;
  readonly hint: string;
  readonly code: string;
  /** Where the visitor may want to go on. */
  readonly back: { readonly href: string; readonly label: string };
}

/** An error for people: what, what to do, and the way back. */
export function ErrorPage({ addresses, status, message, hint, code, back }: ErrorPageProps) {
  return (
    <Layout addresses={addresses} windowTitle={`${message} · Holdfast`} level="none" head={undefined}>
      <section class="error" id="error">
        <p class="quiet figures">
          {status} <span class="code">{code}</span>
        </p>
        <h1 class="lead">{message}</h1>
        <p>
          <Words text={hint} />
        </p>
        <p>
          <a class="button" href={back.href}>
            {back.label}
          </a>
        </p>
      </section>
    </Layout>
  );
}
