import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInputCheck, type InputReport } from '../../core/input-check.js';
import { usage } from '../../errors.js';

export interface InspectedFile {
  file: string;
  bytes: number;
  /** In hex. */
  sha256: string;
  /** Absent when the content was not to be checked. */
  report?: InputReport;
}

export interface InspectOptions {
  validate: boolean;
  signal: AbortSignal;
  onProgress(bytes: number, total: number): void;
}

/** One pass over a file: its size, its SHA-256, and what the pipeline would say of it. Throws `FILE` errors (exit 2). */
export async function inspectFile(file: string, options: InspectOptions): Promise<InspectedFile> {
  const facts = await stat(file).catch((error: unknown) => { throw unreadable(file, error); });
  if (facts.isDirectory()) throw usage('FILE', `${file}: it is a folder.`, ['Name the files in it.']);
  const hash = createHash('sha256');
  const check = options.validate ? createInputCheck({ isUtf8 }) : undefined;
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024, signal: options.signal }) as AsyncIterable<Uint8Array>) {
      hash.update(chunk);
      bytes += chunk.length;
      check?.push(chunk);
      options.onProgress(bytes, facts.size);
    }
  } catch (error) {
    options.signal.throwIfAborted();
    throw unreadable(file, error);
  }
  const report = check?.end();
  return { file, bytes, sha256: hash.digest('hex'), ...(report ? { report } : {}) };
}

function unreadable(file: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) return error as Error;
  const why = code === 'ENOENT' ? 'it does not exist' : code === 'EACCES' ? 'permission denied' : code;
  return usage('FILE', `${file}: ${why}.`);
}
