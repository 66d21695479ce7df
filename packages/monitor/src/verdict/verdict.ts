import type { Verdict } from '../status.js';
import { findChecks, findFailures, findProblems, findRestoreTime } from './checks.js';
import { coveredUntil } from './covered.js';
import type { Finding, Look, Unjudged } from './finding.js';
import { findAge, findLoss, findNewest } from './newest.js';
import { DEFAULT_THRESHOLDS, type Thresholds } from './thresholds.js';
import { spanText, timeText } from './words.js';

const LEVELS: readonly Verdict['level'][] = ['safe', 'attention', 'danger'];

/** The command that takes a set of this kind. */
const RESTORE = { backup: 'restore', snapshot: 'snapshotrestore', zip: 'ziprestore' } as const;

/** How safe a storage is, in words and figures. Pure. @param now milliseconds since 1970 */
export function verdictOf(
  status: Unjudged,
  now: number,
  thresholds: Thresholds = DEFAULT_THRESHOLDS,
): Verdict {
  const look: Look = { status, now, thresholds };
  const findings = [
    ...findNewest(look),
    ...findAge(look),
    ...findChecks(look),
    ...findLoss(look),
    ...findFailures(look),
    ...findRestoreTime(look),
    ...findProblems(look),
  ];
  const level = LEVELS[Math.max(...findings.map((finding) => LEVELS.indexOf(finding.level)))] ?? 'danger';
  const worst = findings.filter((finding) => finding.level === level && level !== 'safe');
  return { level, headline: headline(look, worst), reasons: findings.map(({ sentence }) => sentence) };
}

function headline({ status, now }: Look, worst: readonly Finding[]): string {
  const until = coveredUntil(status);
  if (until === undefined) {
    const why = worst[0]?.sentence ?? '';
    // Of what could not be read nobody can say that it cannot be restored.
    return (status.unread ?? []).length > 0 ? why : `Nothing can be restored. ${why}`.trim();
  }
  const state = `A ${RESTORE[status.newest?.kind ?? 'backup']} would give the state of ${timeText(until)}, ${ago(now - until)}`;
  const but = worst.find((finding) => finding.but !== undefined)?.but;
  return but === undefined ? `${state}.` : `${state}, but ${but}.`;
}

function ago(ms: number): string {
  return ms < 0 ? `${spanText(-ms)} from now` : `${spanText(ms)} ago`;
}
