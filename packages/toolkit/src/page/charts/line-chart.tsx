import { bytesInWords } from '../words/bytes.js';
import { momentOf } from '../words/times.js';
import { Axes } from './axes.js';
import { Figure } from './figure.js';
import { FRAME, lineGeometry } from './geometry.js';
import type { Point } from './point.js';

interface LineChartProps {
  readonly id: string;
  readonly title: string;
  readonly now: string;
  readonly note: string;
  readonly empty: string | undefined;
  readonly points: readonly Point[];
}

/** `20 GB`, not `20.0 GB`: steps of an axis are round. */
const roundBytes = (bytes: number) => bytesInWords(bytes).replace('.0 ', ' ');

/** Bytes over time, from 0. */
export function LineChart({ points, ...about }: LineChartProps) {
  const geometry = lineGeometry(points, 'bytes', roundBytes);
  const rows = points.map(({ timeMs, value }) => ({
    time: momentOf(timeMs, timeMs),
    words: bytesInWords(value),
  }));
  const last = geometry?.placed.at(-1);
  return (
    <Figure {...about} rows={rows} column="Size">
      {geometry === undefined || last === undefined ? undefined : (
        <svg
          class={`chart chart-${about.id}`}
          viewBox={`0 0 ${FRAME.width} ${FRAME.height}`}
          role="img"
          aria-label={`${about.title}: ${about.now}`}
        >
          <Axes {...geometry} />
          <path class="area" d={geometry.area} />
          <path class="line" d={geometry.line} />
          <circle class="last" cx={last.x} cy={last.y} r="3.5" />
        </svg>
      )}
    </Figure>
  );
}
