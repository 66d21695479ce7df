import { FixedClock } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { ProgressDisplay, progressText } from '../src/progress.js';
import { memoryStream } from './support/memory-stream.js';

const MB = 1_000_000;

function display(terminal: { readonly isTTY: boolean; readonly columns?: number }) {
  const clock = new FixedClock();
  const stream = memoryStream(terminal);
  const shown = new ProgressDisplay(stream, clock);
  const after = (ms: number, done: number) => {
    clock.advance(ms);
    shown.update({ phase: 'copy', done, total: 1000 * MB });
  };
  return { stream, shown, after };
}

describe('progress', () => {
  test('tells bytes, rate and the time that is left', () => {
    expect(progressText({ phase: 'restore', done: 250 * MB, total: 1000 * MB }, 2000)).toBe(
      'Restoring 250 MB of 1.0 GB, 125 MB/s, 6.0 s left',
    );
  });

  test('promises nothing before it knows a rate', () => {
    expect(progressText({ phase: 'read', done: 0, total: 10 }, 0)).toBe('Comparing 0 B of 10 B, 0 B/s');
  });

  test('counts files of a blob directory, also where their number is not known', () => {
    const known = { phase: 'restore-blobs', files: 420, bytes: 12 * MB, total: 600 } as const;
    expect(progressText(known, 2000)).toBe('Restoring blobs: 420 of 600 files, 12.0 MB');
    const unknown = { phase: 'blobs', files: 1, bytes: 12 * MB, total: undefined } as const;
    expect(progressText(unknown, 2000)).toBe('Blobs: 1 file, 12.0 MB');
  });

  test('shows nothing of what is over soon', () => {
    const { stream, after, shown } = display({ isTTY: true });
    after(300, 500 * MB);
    after(300, 1000 * MB);
    shown.end();
    expect(stream.text()).toBe('');
  });

  test('draws a bar on a terminal, in one line, some times a second', () => {
    const { stream, after } = display({ isTTY: true, columns: 100 });
    after(0, 0);
    after(1000, 250 * MB);
    after(50, 260 * MB);
    after(200, 500 * MB);
    expect(stream.text().split('\r\u001b[K')).toEqual([
      '',
      '[######..................] Copying 250 MB of 1.0 GB, 250 MB/s, 3.0 s left',
      '[############............] Copying 500 MB of 1.0 GB, 400 MB/s, 1.3 s left',
    ]);
  });

  test.each([74, 60, 20, 1])('never fills a line of %d characters, so that nothing wraps', (columns) => {
    const { stream, after } = display({ isTTY: true, columns });
    after(0, 0);
    after(1000, 250 * MB);
    const [, line = ''] = stream.text().split('\r\u001b[K');
    expect(line.length).toBeLessThan(columns);
  });

  test('takes the bar away at the end', () => {
    const { stream, after, shown } = display({ isTTY: true });
    after(0, 0);
    after(1000, 250 * MB);
    shown.end();
    shown.end();
    expect(stream.text().endsWith('left\r\u001b[K')).toBe(true);
  });

  test('writes plain lines every half minute where there is no terminal', () => {
    const { stream, after, shown } = display({ isTTY: false });
    after(0, 0);
    for (let second = 1; second <= 70; second += 1) after(1000, second * 10 * MB);
    shown.end();
    expect(stream.text()).toBe(
      'Copying 300 MB of 1.0 GB, 10.0 MB/s, 1 min 10 s left\nCopying 600 MB of 1.0 GB, 10.0 MB/s, 40 s left\n',
    );
  });
});
