/** From when on something is worth attention (docs/monitoring.md, "The verdict"). */
export interface Thresholds {
  /** Age of the newest set, seconds: later than that is `attention`, or `danger`. */
  readonly ageAttentionSeconds: number;
  readonly ageDangerSeconds: number;
  /** Age of the newest check, seconds. */
  readonly checkSeconds: number;
}

const HOUR = 3600;

/** For a backup each night and a check each week, with some room. */
export const DEFAULT_THRESHOLDS: Thresholds = {
  ageAttentionSeconds: 26 * HOUR,
  ageDangerSeconds: 50 * HOUR,
  checkSeconds: 8 * 24 * HOUR,
};
