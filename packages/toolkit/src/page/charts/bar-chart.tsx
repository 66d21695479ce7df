import type { DurationView } from '../model/runs.js';
import { dayAndMonth, durationInWords, momentOf } from '../words/times.js';
import { Axes } from './axes.js';
import { Figure } from './figure.js';
import { barGeometry, FRAME } from './geometry.js';

/** Seconds of each run, in the order of time. */
export function BarChart({ points, ...about }: DurationView) {
  const geometry = barGeometry(points, 'seconds', durationInWords, dayAndMonth);
  const rows = points.map(({ timeMs, value, words }) => ({
    time: momentOf(timeMs, timeMs),
    words: `${durationInWords(value)}, ${words}`,
  }));
  return (
    <Figure {...about} rows={rows} column="Took">
      {geometry === undefined ? undefined : (
        <svg
          class="chart"
          viewBox={`0 0 ${FRAME.width} ${FRAME.height}`}
          role="img"
          aria-label={`${about.title}: ${about.now}`}
        >
          <Axes {...geometry} />
          {geometry.bars.map(({ point, x, y, width, height }) => (
            <rect
              class={`bar bar-${point.tone}`}
              x={x}
              y={Math.min(y, geometry.base - 1)}
              width={width}
              height={Math.max(1, height)}
              key={x}
            >
              <title>{`${point.words}, ${momentOf(point.timeMs, point.timeMs).utc}: ${durationInWords(point.value)}`}</title>
            </rect>
          ))}
        </svg>
      )}
    </Figure>
  );
}
