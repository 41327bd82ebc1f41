import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { minPartBytes } from '../../infra/pipeline/merge-plan.js';
import type { ByteRange, ObjectStore, StoredObject } from '../../infra/pipeline/objects.js';

/** What passed through a function's memory and what S3 copied by itself. */
export interface Weighed {
  moved: number;
  copied: number;
  /** Sizes of the pieces of each multipart upload, in order. */
  uploads: number[][];
}

export interface WeighingStore extends ObjectStore {
  readonly weighed: Weighed;
  /** For the next function, which is another process. */
  save(): void;
}

export interface WeighingOptions {
  folder: string;
  input: StoredObject;
  readInput(start: number, end: number): AsyncIterable<Uint8Array>;
  /** The one large body whose beginning is kept: a merge joins it to the header. */
  beginningOf: string;
  onWrite?(key: string, body: Uint8Array): void;
}

/**
 * A bucket that keeps the labels and sizes of everything, and of bodies what is small enough to pass through a function
 * again: a merge that reads more than that meets an error.
 */
export function createWeighingStore({ folder, input, readInput, beginningOf, onWrite }: WeighingOptions): WeighingStore {
  const index = path.join(folder, 'objects.json');
  const objects = new Map<string, StoredObject>(existsSync(index) ? JSON.parse(readFileSync(index, 'utf8')) as [string, StoredObject][] : []);
  const weighed: Weighed = { moved: 0, copied: 0, uploads: [] };
  const fileOf = (key: string): string => path.join(folder, key.replaceAll('/', '_'));
  const put = (key: string, bytes: number, metadata: Record<string, string>): { versionId: string } => {
    const versionId = `v${objects.size + 1}`;
    objects.set(key, { key, versionId, bytes, etag: `"${versionId}"`, metadata });
    return { versionId };
  };

  async function* read({ key, start, end }: ByteRange): AsyncGenerator<Uint8Array> {
    weighed.moved += end - start;
    if (key === input.key) {
      yield* readInput(start, end);
      return;
    }
    const body = existsSync(fileOf(key)) ? readFileSync(fileOf(key)) : Buffer.alloc(0);
    if (end > body.length) throw new Error(`bytes ${start} to ${end} of ${key} would have to pass through a function`);
    yield body.subarray(start, end);
  }

  return {
    weighed,
    head: async (key) => (key === input.key ? input : objects.get(key)),
    read,
    async write(key, body, { metadata }) {
      const bytes = Buffer.from(body as Uint8Array);
      onWrite?.(key, bytes);
      // The rest of a body that was joined to its predecessor is joined itself when it is too small to be copied.
      if (bytes.length < 2 * minPartBytes) writeFileSync(fileOf(key), bytes);
      else if (key === beginningOf) writeFileSync(fileOf(key), bytes.subarray(0, minPartBytes));
      return put(key, bytes.length, metadata);
    },
    async startUpload(key, { metadata }) {
      const pieces: number[] = [];
      weighed.uploads.push(pieces);
      return {
        async writePart(number, body) { pieces[number - 1] = body.length; },
        async copyPart(number, { start, end }) {
          pieces[number - 1] = end - start;
          weighed.copied += end - start;
        },
        complete: async () => put(key, pieces.reduce((sum, bytes) => sum + bytes, 0), metadata),
        abort: async () => undefined,
      };
    },
    save: () => writeFileSync(index, JSON.stringify([...objects])),
  };
}
