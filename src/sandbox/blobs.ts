/**
 * Where object bodies live: memory for simulation, files for a started sandbox. A blob is immutable; an object is a list
 * of blob slices, so completing a multipart upload or copying a part moves no bytes.
 */
export interface BlobStore {
  /** Stores everything that `body` yields and tells its length. */
  put(body: AsyncIterable<Uint8Array>): Promise<BlobSlice>;
  /** Reads bytes `start` (inclusive) to `end` (exclusive) of the slices laid end to end. */
  read(slices: BlobSlice[], start?: number, end?: number): AsyncIterable<Uint8Array>;
  /** Forgets every blob that is not in `keep`. */
  retainOnly(keep: ReadonlySet<string>): Promise<void>;
}

export interface BlobSlice {
  blob: string;
  offset: number;
  length: number;
}
