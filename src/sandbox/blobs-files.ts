import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { BlobSlice, BlobStore } from './blobs.js';

/**
 * Object bodies as files under one folder, two levels deep so that no folder grows huge. A body is written to a
 * temporary name first and appears whole or not at all, so a crash leaves no torn blob. Nothing is held in memory
 * beyond one chunk.
 *
 * `retainOnly` leaves alone what was stored less than `graceMs` of real time ago (its owner may not have recorded it
 * yet) and what is being read.
 */
export function createFileBlobs(folder: string, options: { graceMs?: number } = {}): BlobStore {
  const graceMs = options.graceMs ?? 60_000;
  const recent = new Map<string, number>();
  const reading = new Map<string, number>();
  const fileOf = (blob: string): string => path.join(folder, blob.slice(0, 2), blob);

  async function put(body: AsyncIterable<Uint8Array>): Promise<BlobSlice> {
    const blob = randomUUID().replaceAll('-', '');
    const temporary = path.join(folder, `${blob}.partial`);
    await mkdir(path.dirname(fileOf(blob)), { recursive: true, mode: 0o700 });
    recent.set(blob, performance.now());
    try {
      const length = await writeBody(temporary, body);
      await rename(temporary, fileOf(blob));
      return { blob, offset: 0, length };
    } catch (error) {
      recent.delete(blob);
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async function* read(slices: BlobSlice[], start = 0, end = Infinity): AsyncGenerator<Uint8Array> {
    let position = 0;
    const pinned = [...slices];
    for (const slice of pinned) reading.set(slice.blob, (reading.get(slice.blob) ?? 0) + 1);
    try {
      for (const slice of pinned) {
        const from = Math.max(start - position, 0);
        const to = Math.min(end - position, slice.length);
        position += slice.length;
        // Node's `end` is inclusive, and an empty range would read to the end of the file.
        if (from < to) yield* createReadStream(fileOf(slice.blob), { start: slice.offset + from, end: slice.offset + to - 1, highWaterMark: 256 * 1024 });
      }
    } finally {
      for (const slice of pinned) {
        const readers = (reading.get(slice.blob) ?? 1) - 1;
        if (readers === 0) reading.delete(slice.blob);
        else reading.set(slice.blob, readers);
      }
    }
  }

  async function retainOnly(keep: ReadonlySet<string>): Promise<void> {
    const oldest = performance.now() - graceMs;
    for (const [blob, storedAt] of recent) if (storedAt < oldest) recent.delete(blob);
    const spared = (blob: string): boolean => keep.has(blob) || recent.has(blob) || reading.has(blob);
    for (const entry of await entriesOf(folder)) {
      if (entry.name.endsWith('.partial') && !spared(entry.name.slice(0, -'.partial'.length))) await rm(path.join(folder, entry.name), { force: true });
      if (!entry.isDirectory()) continue;
      for (const { name } of await entriesOf(path.join(folder, entry.name))) {
        if (!spared(name)) await rm(fileOf(name), { force: true });
      }
    }
  }

  return { put, read, retainOnly };
}

async function writeBody(file: string, body: AsyncIterable<Uint8Array>): Promise<number> {
  const handle = await open(file, 'wx', 0o600);
  let length = 0;
  try {
    for await (const chunk of body) {
      let written = 0;
      while (written < chunk.byteLength) written += (await handle.write(chunk, written)).bytesWritten;
      length += chunk.byteLength;
    }
  } finally {
    await handle.close();
  }
  return length;
}

async function entriesOf(folder: string): Promise<{ name: string; isDirectory(): boolean }[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Every blob that a snapshot refers to: the `blob` member of each BlobSlice in it, wherever it lies. */
export function blobsIn(snapshot: unknown, found: Set<string> = new Set()): Set<string> {
  if (Array.isArray(snapshot)) {
    for (const item of snapshot) blobsIn(item, found);
  } else if (typeof snapshot === 'object' && snapshot !== null) {
    const { blob } = snapshot as { blob?: unknown };
    if (typeof blob === 'string') found.add(blob);
    for (const inner of Object.values(snapshot)) blobsIn(inner, found);
  }
  return found;
}
