import { type BlobLayout, parseBlobPath } from './layout.js';
import type { BlobReference } from './request.js';

/**
 * The blob that a path below a blob directory belongs to; undefined for every other file.
 *
 * @param layout undefined: the path may be of either; none is of both
 */
export function referenceOf(path: string, layout?: BlobLayout): BlobReference | undefined {
  if (layout !== undefined) return parseBlobPath(layout, path);
  return parseBlobPath('bushy', path) ?? parseBlobPath('lawn', path);
}
