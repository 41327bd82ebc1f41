import type { BlobSlice, BlobStore } from './blobs.js';

/**
 * Bodies in memory, for simulation and tests. Names are counted, not drawn, so that the same run names them the same.
 * Errors: `read` throws when a slice names a blob that was dropped by `retainOnly`, because that is lost data.
 */
export function createMemoryBlobs(): BlobStore {
  const blobs = new Map<string, Uint8Array>();
  let count = 0;

  async function put(body: AsyncIterable<Uint8Array>): Promise<BlobSlice> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    count += 1;
    const blob = `blob-${count}`;
    blobs.set(blob, bytes);
    return { blob, offset: 0, length: bytes.length };
  }

  async function* read(slices: BlobSlice[], start = 0, end = Infinity): AsyncIterable<Uint8Array> {
    let position = 0;
    for (const slice of slices) {
      const from = Math.max(start - position, 0);
      const to = Math.min(end - position, slice.length);
      position += slice.length;
      if (from >= to) continue;
      const bytes = blobs.get(slice.blob);
      if (!bytes) throw new Error(`blob ${slice.blob} is gone`);
      yield bytes.subarray(slice.offset + from, slice.offset + to);
    }
  }

  async function retainOnly(keep: ReadonlySet<string>): Promise<void> {
    for (const name of [...blobs.keys()]) if (!keep.has(name)) blobs.delete(name);
  }

  return { put, read, retainOnly };
}
