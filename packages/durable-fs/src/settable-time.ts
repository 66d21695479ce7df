/**
 * A time, in milliseconds, that becomes the same whole microsecond when it is set. Node sets times from floating-point
 * seconds and cuts them to microseconds: .123 s would become .122999, and a whole millisecond the one before.
 */
export function settableMs(ms: number): number {
  return (Math.floor(ms * 1000 + 0.3) + 0.5) / 1000;
}
