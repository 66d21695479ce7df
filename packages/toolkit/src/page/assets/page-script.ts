/**
 * The script of the page, as the browser gets it. The page needs none of it: it reads the page again while somebody looks at it,
 * and follows running jobs. What is read is put in place of what is there, so that nothing is scrolled or folded.
 */
export const PAGE_SCRIPT = `'use strict';
(() => {
  const followed = new Map();
  const content = () => document.getElementById('content');
  let timer;
  let reading = false;
  let again = false;

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
      // The server is away for a moment; the next turn tells.
    } finally {
      reading = false;
      later(again ? 1 : Number(content().dataset.refresh || 60));
    }
  };

  const readAgain = async () => {
    const response = await fetch(location.href, { cache: 'no-store', credentials: 'same-origin', redirect: 'error' });
    if (!response.ok) return;
    const next = new DOMParser().parseFromString(await response.text(), 'text/html');
    const fresh = next.getElementById('content');
    if (fresh === null || inUse()) return;
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
    document.getElementById('announce').textContent = title + ': ' + job.state;
    later(0.2);
  };

  const follow = () => {
    const here = new Set();
    for (const element of document.querySelectorAll('[data-job]')) {
      const { job: id, title } = element.dataset;
      here.add(id);
      if (followed.has(id)) continue;
      const source = new EventSource('/api/v1/jobs/' + encodeURIComponent(id) + '/events');
      followed.set(id, source);
      for (const name of ['message', 'job', 'progress', 'end'])
        source.addEventListener(name, (event) => heard(id, title, source, event));
    }
    for (const [id, source] of followed) {
      if (here.has(id)) continue;
      source.close();
      followed.delete(id);
    }
  };

  if (content().dataset.refresh === undefined) return;
  follow();
  later(Number(content().dataset.refresh));
  document.addEventListener('visibilitychange', () => { if (!document.hidden) later(0.2); });
})();
`;
