import { conditionalRequestConflict, noSuchKey, notImplemented, notModified, preconditionFailed } from './errors.js';
import { lastModified } from './model.js';
import type { Bucket, ObjectVersion } from './model.js';
import type { Store } from './store.js';

export interface WriteConditions {
  IfMatch?: string;
  IfNoneMatch?: string;
}

export interface ReadConditions {
  IfMatch?: string;
  IfNoneMatch?: string;
  IfModifiedSince?: Date;
  IfUnmodifiedSince?: Date;
}

/**
 * Conditions of a write, decided against the newest version in this bucket only: nothing is asked of other Regions.
 * 412 when the condition does not hold, 404 for If-Match on a key that has no object (S3 user guide, conditional writes).
 */
export function checkWriteConditions(store: Store, bucket: Bucket, key: string, conditions: WriteConditions): void {
  const newest = store.newest(bucket, key);
  const current = newest?.deleteMarker ? undefined : newest;
  if (conditions.IfNoneMatch !== undefined) {
    if (conditions.IfNoneMatch !== '*') throw notImplemented('If-None-Match with anything but *');
    if (current) throw preconditionFailed('If-None-Match');
  }
  if (conditions.IfMatch !== undefined) {
    if (!current) throw noSuchKey(key);
    if (!etagMatches(conditions.IfMatch, current.content.etag)) throw preconditionFailed('If-Match');
  }
}

/**
 * Runs a write whose condition is checked before its body is taken and again when it becomes visible. A delete of the
 * key that succeeds in between makes it fail with 409 ConditionalRequestConflict; a put in between with 412.
 */
export async function conditionally<Received, Result>(
  store: Store, bucket: Bucket, key: string, conditions: WriteConditions,
  receive: () => Promise<Received>, commit: (received: Received) => Result,
): Promise<Result> {
  if (conditions.IfMatch === undefined && conditions.IfNoneMatch === undefined) return commit(await receive());
  checkWriteConditions(store, bucket, key, conditions);
  const write = { overtaken: false };
  const writes = bucket.conditionalWrites.get(key) ?? new Set();
  bucket.conditionalWrites.set(key, writes.add(write));
  try {
    const received = await receive();
    if (write.overtaken) throw conditionalRequestConflict(key, conditions.IfMatch === undefined ? 'If-None-Match' : 'If-Match');
    checkWriteConditions(store, bucket, key, conditions);
    return commit(received);
  } finally {
    writes.delete(write);
    if (writes.size === 0) bucket.conditionalWrites.delete(key);
  }
}

/** To be called by every delete of a key. */
export function overtakeConditionalWrites(bucket: Bucket, key: string): void {
  for (const write of bucket.conditionalWrites.get(key) ?? []) write.overtaken = true;
}

/**
 * Conditions of a read, in S3's order: a matching If-Match wins over If-Unmodified-Since, a failing If-None-Match over
 * If-Modified-Since (S3 API reference, GetObject).
 */
export function checkReadConditions(version: ObjectVersion, conditions: ReadConditions): void {
  const { etag } = version.content;
  const modified = lastModified(version.createdAt).getTime();
  if (conditions.IfMatch !== undefined) {
    if (!etagMatches(conditions.IfMatch, etag)) throw preconditionFailed('If-Match');
  } else if (conditions.IfUnmodifiedSince !== undefined && modified > conditions.IfUnmodifiedSince.getTime()) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  if (conditions.IfNoneMatch !== undefined) {
    if (etagMatches(conditions.IfNoneMatch, etag)) throw notModified(etag);
  } else if (conditions.IfModifiedSince !== undefined && modified <= conditions.IfModifiedSince.getTime()) {
    throw notModified(etag);
  }
}

export function etagMatches(condition: string, etag: string): boolean {
  return condition === '*' || condition.split(',').some((one) => one.trim().replace(/^"(.*)"$/, '$1') === etag);
}
