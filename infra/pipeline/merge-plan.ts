/** What one multipart part of the output is made of, in order. */
export type PlannedPiece<Source> =
  | { kind: 'copy'; source: Source; start: number; end: number; whole: boolean }
  /** Bytes that pass through the function: what is too small to be copied as a part of its own. */
  | { kind: 'join'; bytes: number; slices: Slice<Source>[] };

export type Slice<Source> = { kind: 'text'; text: string } | { kind: 'range'; source: Source; start: number; end: number };

/** The smallest part of a multipart upload, except the last. Source: Amazon S3 multipart upload limits. */
export const minPartBytes = 5 * 1024 * 1024;

/**
 * Joins a header and sources into as few moved bytes as possible: everything of at least 5 MiB is copied inside S3, and
 * what is smaller is joined, with the beginning of its successor, until it is large enough.
 */
export function planMerge<Source extends { bytes: number }>(header: string, sources: readonly Source[], minBytes: number = minPartBytes): PlannedPiece<Source>[] {
  const pieces: PlannedPiece<Source>[] = [];
  let pending: Slice<Source>[] = [{ kind: 'text', text: header }];
  let pendingBytes = Buffer.byteLength(header);
  const flush = (): void => {
    if (pending.length > 0) pieces.push({ kind: 'join', bytes: pendingBytes, slices: pending });
    pending = [];
    pendingBytes = 0;
  };
  const join = (source: Source, start: number, end: number): void => {
    pending.push({ kind: 'range', source, start, end });
    pendingBytes += end - start;
  };
  for (const source of sources) {
    let start = 0;
    if (pending.length > 0) {
      start = Math.min(source.bytes, Math.max(0, minBytes - pendingBytes));
      if (start > 0) join(source, 0, start);
      if (pendingBytes >= minBytes) flush();
    }
    if (start === source.bytes) continue;
    if (source.bytes - start >= minBytes) pieces.push({ kind: 'copy', source, start, end: source.bytes, whole: start === 0 });
    else join(source, start, source.bytes);
  }
  flush();
  return pieces;
}
