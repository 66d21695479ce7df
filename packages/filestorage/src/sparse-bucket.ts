import type { IndexBucket } from './index-bucket.js';
import { SortedRun, visitMerged } from './sorted-run.js';

/** So many entries that did not come in order are kept apart: an insert moves few bytes, and merges are seldom. */
const RECENT_LIMIT = 1024;

/** A bucket with few objects: two sorted runs, a large one and a small one for what came out of order lately. */
export class SparseBucket implements IndexBucket {
  private settled = new SortedRun();
  private recent = new SortedRun();

  get size(): number {
    return this.settled.length + this.recent.length;
  }

  get(suffix: number): number | undefined {
    const { settled, recent } = this;
    const place = settled.find(suffix);
    if (settled.holds(place, suffix)) return settled.positionAt(place);
    const recentPlace = recent.find(suffix);
    return recent.holds(recentPlace, suffix) ? recent.positionAt(recentPlace) : undefined;
  }

  set(suffix: number, position: number): void {
    const { settled, recent } = this;
    const place = settled.find(suffix);
    if (settled.holds(place, suffix)) settled.replace(place, position);
    else if (recent.length > 0) this.setRecent(suffix, position);
    else if (place === settled.length) settled.append(suffix, position);
    else recent.append(suffix, position);
  }

  forEach(visit: (suffix: number, position: number) => void): void {
    visitMerged(this.settled, this.recent, visit);
  }

  private setRecent(suffix: number, position: number): void {
    const { recent } = this;
    const place = recent.find(suffix);
    if (recent.holds(place, suffix)) recent.replace(place, position);
    else if (place === recent.length) recent.append(suffix, position);
    else recent.insert(place, suffix, position);
    if (recent.length >= RECENT_LIMIT) this.merge();
  }

  private merge(): void {
    const merged = new SortedRun(this.size);
    this.forEach((suffix, position) => {
      merged.append(suffix, position);
    });
    this.settled = merged;
    this.recent = new SortedRun();
  }
}
