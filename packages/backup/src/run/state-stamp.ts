import { parseDataName } from '@holdfast/filestorage-backup';

/** The stamp of the data file that completes a state: that of its set and of its blobs. */
export function stampOfState({ file }: { readonly file: { readonly name: string } }): string {
  return parseDataName(file.name)!.stamp;
}
