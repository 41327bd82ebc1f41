/** What the pipeline needs of a Region's bucket. `s3-objects.ts` implements it; tests bring one in memory. */
export interface ObjectStore {
  /** Undefined when the bucket certainly does not hold it. */
  head(key: string, versionId?: string): Promise<StoredObject | undefined>;
  /** Bytes `start` (inclusive) to `end` (exclusive) as a stream that survives a broken connection. */
  read(source: ByteRange): AsyncIterable<Uint8Array>;
  write(key: string, body: Uint8Array | string, labels: ObjectLabels): Promise<{ versionId: string }>;
  startUpload(key: string, labels: ObjectLabels): Promise<Upload>;
}

export interface StoredObject {
  key: string;
  versionId: string;
  bytes: number;
  etag: string;
  metadata: Record<string, string>;
}

export interface ByteRange {
  key: string;
  versionId?: string;
  start: number;
  end: number;
}

export interface ObjectLabels {
  contentType: string;
  /** User metadata: lower-case names, ASCII values. */
  metadata: Record<string, string>;
}

/** A multipart upload. Nothing is visible before `complete`; part numbers start at 1. */
export interface Upload {
  writePart(number: number, body: Uint8Array): Promise<void>;
  /** Copies inside S3: no byte passes through the function. A range only of sources above 5 MiB. */
  copyPart(number: number, source: ByteRange, whole: boolean): Promise<void>;
  complete(): Promise<{ versionId: string }>;
  abort(): Promise<void>;
}

export async function readAll(store: ObjectStore, source: ByteRange): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(source)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
