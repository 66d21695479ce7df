import { nodeFileSystem as fs, type OpenFile } from '@holdfast/durable-fs';
import { scanFile } from '../../src/index.js';
import { recorder } from './sample.js';

/** What a scan of a file tells. */
export async function inspect(path: string) {
  const { events, visitor } = recorder();
  const file: OpenFile = await fs.openRead(path);
  try {
    const found = await scanFile(file, { visitor });
    const records = events.flatMap((e) => (e.event === 'record' ? [e.record] : []));
    const headers = events.flatMap((e) => (e.event === 'transaction' ? [e.header] : []));
    return { found, records, headers };
  } finally {
    await file.close();
  }
}
