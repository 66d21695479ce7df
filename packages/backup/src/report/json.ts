/** A time in `--json`: ISO 8601, UTC. @param ms milliseconds since 1970 */
export function jsonTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** A transaction in `--json`. @param tid 16 hex digits @param ms its time, milliseconds since 1970 */
export function jsonTransaction(tid: string, ms: number): { readonly tid: string; readonly time: string } {
  return { tid, time: jsonTime(ms) };
}
