import { AWAY_ICON } from './icons.js';

/**
 * The script of the page, as the browser gets it. The page needs none of it: it reads the page again while somebody looks at it,
 * follows a running job, and says so where the page could not be read. What is read is put in place of what is there, so that
 * nothing is scrolled or folded.
 */
export const PAGE_SCRIPT = `'use strict';
(() => {
  const RETRY_S = 10;
  const ANSWER_MS = 30000;
  const FAILURES = 3;
  const OLD_MS = 180000;
  // The server cannot be asked for it any more.
  const AWAY_ICON = ${JSON.stringify(`data:image/svg+xml,${encodeURIComponent(AWAY_ICON)}`)};
  const content = () => document.getElementById('content');
  const announce = (text) => { document.getElementById('announce').textContent = text; };
  let timer;
  let reading = false;
  let again = false;
  let failures = 0;
  let lastReadMs = Date.now();
  let followed;

  const inUse = () => {
    const at = document.activeElement;
    const selected = document.getSelection();
    return document.hidden || (at !== null && at.tagName === 'SELECT') || (selected !== null && !selected.isCollapsed);
  };

  const later = (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(refresh, seconds * 1000);
  };

  const refresh = async () => {
    if (reading) { again = true; return; }
    reading = true;
    again = false;
    try {
      if (!inUse()) await readAgain();
    } catch {
      failed();
    } finally {
      reading = false;
      const turn = Number(content().dataset.refresh || 60);
      later(again ? 1 : failures > 0 ? Math.min(turn, RETRY_S) : turn);
    }
  };

  // Once may be a restart of the server; of a page that nobody looked at for long, once is enough.
  const failed = () => {
    failures += 1;
    if (failures < FAILURES && Date.now() - lastReadMs < OLD_MS) return;
    if (document.body.classList.contains('away')) return;
    document.body.classList.add('away');
    const readAt = document.querySelector('.read-at');
    readAt.firstChild.data = 'not read since ';
    const words = readAt.textContent;
    announce('This page was ' + words + ', because the server did not send it. What it says may no longer hold.');
    document.title = [words.charAt(0).toUpperCase() + words.slice(1), ...document.title.split(' \u00b7 ').slice(1)].join(' \u00b7 ');
    document.getElementById('icon')?.setAttribute('href', AWAY_ICON);
  };

  const isBack = () => {
    failures = 0;
    lastReadMs = Date.now();
    if (!document.body.classList.contains('away')) return;
    document.body.classList.remove('away');
    announce('The page is read again.');
  };

  const readAgain = async () => {
    const response = await fetch(location.href, {
      cache: 'no-store', credentials: 'same-origin', redirect: 'error', signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!response.ok) throw new Error('status ' + response.status);
    const next = new DOMParser().parseFromString(await response.text(), 'text/html');
    const fresh = next.getElementById('content');
    if (fresh === null) throw new Error('another page');
    if (inUse()) return;
    for (const open of document.querySelectorAll('details[open][id]')) {
      const same = fresh.querySelector('#' + CSS.escape(open.id));
      if (same !== null) same.setAttribute('open', '');
    }
    const focused = document.activeElement === null ? '' : document.activeElement.id;
    const old = content();
    const choice = old.querySelector('select');
    old.replaceWith(document.adoptNode(fresh));
    const same = choice === null ? null : document.getElementById(choice.id);
    if (same !== null) same.value = choice.value;
    if (focused !== '' && focused !== 'content') document.getElementById(focused)?.focus({ preventScroll: true });
    const head = next.querySelector('.head-facts');
    if (head !== null) document.querySelector('.head-facts')?.replaceWith(document.adoptNode(head));
    document.title = next.title;
    const icon = next.getElementById('icon');
    if (icon !== null && icon.getAttribute('href') !== document.getElementById('icon')?.getAttribute('href'))
      document.getElementById('icon')?.setAttribute('href', icon.getAttribute('href'));
    isBack();
    follow();
  };

  const show = (id, job) => {
    const bar = document.getElementById('job-' + id)?.querySelector('progress');
    const progress = job.progress;
    if (bar && progress && typeof progress.total === 'number' && progress.total > 0) {
      bar.max = progress.total;
      bar.value = Math.min(progress.done, progress.total);
    }
  };

  const heard = (id, title, source, event) => {
    let job;
    try { job = JSON.parse(event.data); } catch { return; }
    if (job === null || typeof job !== 'object') return;
    show(id, job);
    if (job.state === undefined || job.state === 'running') return;
    source.close();
    announce(title + ': ' + job.state);
    later(0.2);
  };

  // A browser has six connections to a server, for all its tabs: one for a tab that is looked at.
  const follow = () => {
    const element = document.hidden ? null : document.querySelector('[data-job]');
    if (followed?.id === element?.dataset.job) return;
    followed?.source.close();
    followed = undefined;
    if (element === null) return;
    const { job: id, title } = element.dataset;
    const source = new EventSource('/api/v1/jobs/' + encodeURIComponent(id) + '/events');
    followed = { id, source };
    for (const name of ['message', 'job', 'progress', 'end'])
      source.addEventListener(name, (event) => heard(id, title, source, event));
  };

  if (content().dataset.refresh === undefined) return;
  follow();
  later(Number(content().dataset.refresh));
  document.addEventListener('visibilitychange', () => {
    follow();
    if (!document.hidden) later(0.2);
  });
})();
`;
