import { type AxisTick, FRAME } from './geometry.js';

interface AxesProps {
  readonly values: readonly AxisTick[];
  readonly times: readonly AxisTick[];
  readonly base: number;
}

/** Lines and names of both axes. A name at an edge leans inwards. */
export function Axes({ values, times, base }: AxesProps) {
  const right = FRAME.width - FRAME.right;
  return (
    <>
      {values.map(({ at, label }) => (
        <g key={label}>
          <line class={at === base ? 'axis' : 'grid'} x1={FRAME.left} x2={right} y1={at} y2={at} />
          <text class="tick" x={FRAME.left - 8} y={at + 4} text-anchor="end">
            {label}
          </text>
        </g>
      ))}
      {times.map(({ at, label }) => (
        <g key={at}>
          <line class="axis" x1={at} x2={at} y1={base} y2={base + 4} />
          <text class="tick" x={at} y={base + 18} text-anchor={anchorOf(at, right)}>
            {label}
          </text>
        </g>
      ))}
    </>
  );
}

function anchorOf(at: number, right: number): 'start' | 'middle' | 'end' {
  if (at > right - 20) return 'end';
  return at < FRAME.left + 20 ? 'start' : 'middle';
}
