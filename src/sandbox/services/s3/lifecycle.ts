import type { S3Context } from './context.js';
import type { Bucket, LifecycleRule, ObjectVersion } from './model.js';
import { deleteOne } from './object-delete.js';

/**
 * Runs lifecycle rules once a day at midnight UTC, as S3 does: expiry (a delete marker where there is versioning),
 * noncurrent expiry, stale markers, and abandoned multipart uploads. Transitions to other storage classes are not
 * modelled. A Region that is down keeps its objects until the day after.
 */
export interface Lifecycle {
  start(): void;
  stop(): void;
}

const dayMs = 86_400_000;
const cause = { requestId: 'LIFECYCLE0000000', requester: 's3.amazonaws.com' };

export function createLifecycle(context: S3Context): Lifecycle {
  const { world, store } = context;
  let cancel: (() => void) | undefined;
  const tick = (): void => {
    cancel = world.clock.after(dayMs - (world.clock.now() % dayMs), () => {
      for (const bucket of store.buckets()) {
        if (world.faults.computing(bucket.region)) applyLifecycle(context, bucket);
      }
      tick();
    });
  };
  return { start: tick, stop: () => { cancel?.(); cancel = undefined; } };
}

export function applyLifecycle(context: S3Context, bucket: Bucket): void {
  const now = context.world.clock.now();
  for (const rule of bucket.configuration.lifecycleRules ?? []) {
    if (rule.Status !== 'Enabled') continue;
    for (const [key, versions] of [...bucket.objects]) {
      if (ruleCovers(rule, key, versions.at(-1))) expire(context, bucket, rule, key, now);
    }
    abandonUploads(bucket, rule, now);
  }
  context.world.changed();
}

function expire(context: S3Context, bucket: Bucket, rule: LifecycleRule, key: string, now: number): void {
  const versions = bucket.objects.get(key) ?? [];
  const newest = versions.at(-1);
  const isAlone = versions.length === 1;
  const expired = newest !== undefined && isExpired(rule, newest, now);
  if (expired && !newest.deleteMarker) deleteOne(context, bucket, key, undefined, 'Lifecycle Expiration', cause);
  if (newest?.deleteMarker && isAlone && rule.Expiration?.ExpiredObjectDeleteMarker) deleteOne(context, bucket, key, newest.versionId, 'Lifecycle Expiration', cause);
  const { NoncurrentDays: days, NewerNoncurrentVersions: kept = 0 } = rule.NoncurrentVersionExpiration ?? {};
  if (days === undefined) return;
  // A version becomes noncurrent when its successor is written; `kept` of the newest noncurrent ones stay.
  const doomed = versions.filter((_, index) => index < versions.length - 1 - kept && now - versions[index + 1]!.createdAt >= days * dayMs);
  for (const version of doomed) deleteOne(context, bucket, key, version.versionId, 'Lifecycle Expiration', cause);
}

function isExpired(rule: LifecycleRule, newest: ObjectVersion, now: number): boolean {
  const { Days: days, Date: date } = rule.Expiration ?? {};
  if (days !== undefined) return now - newest.createdAt >= days * dayMs;
  return date !== undefined && now >= new Date(date).getTime();
}

function abandonUploads(bucket: Bucket, rule: LifecycleRule, now: number): void {
  const days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
  if (days === undefined) return;
  for (const upload of [...bucket.uploads.values()]) {
    if (ruleCovers(rule, upload.key, undefined) && now - upload.initiatedAt >= days * dayMs) bucket.uploads.delete(upload.uploadId);
  }
}

function ruleCovers(rule: LifecycleRule, key: string, newest: ObjectVersion | undefined): boolean {
  const { Prefix: prefix, Tag: tag, And: and } = rule.Filter ?? { Prefix: rule.Prefix };
  const tags = [...(tag ? [tag] : []), ...(and?.Tags ?? [])];
  return key.startsWith(prefix ?? and?.Prefix ?? '') && tags.every(({ Key, Value }) => newest?.settings.tags[Key] === Value);
}
