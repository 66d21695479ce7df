import type { VNode } from 'preact';
import { renderToStaticMarkup } from 'preact-render-to-string';
import { ADDRESSES } from './assets/assets.js';
import { ErrorPage } from './components/error-page.js';
import { OverviewPage } from './components/overview-page.js';
import { StoragePage } from './components/storage-page.js';
import type { OverviewModel, StorageModel } from './model/page-model.js';

export function renderOverview(model: OverviewModel): string {
  return document(<OverviewPage addresses={ADDRESSES} model={model} />);
}

export function renderStorage(model: StorageModel): string {
  return document(<StoragePage addresses={ADDRESSES} model={model} />);
}

export interface ErrorView {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly back: { readonly href: string; readonly label: string };
}

export function renderError(error: ErrorView): string {
  return document(<ErrorPage addresses={ADDRESSES} {...error} />);
}

function document(page: VNode): string {
  return `<!doctype html>\n${renderToStaticMarkup(page)}\n`;
}
