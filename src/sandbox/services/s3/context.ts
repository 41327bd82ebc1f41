import type { Principal } from '../../service.js';
import type { World } from '../../world.js';
import type { Bucket, ObjectVersion } from './model.js';
import type { Store } from './store.js';

export type CreationReason = 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload';
export type DeletionReason = 'DeleteObject' | 'Lifecycle Expiration';

/** Who caused a change, for events. */
export interface Cause {
  requestId: string;
  requester: string;
}

/** What follows from a change of an object: events, replication, and state on disk. */
export interface Changes {
  created(bucket: Bucket, version: ObjectVersion, reason: CreationReason, cause: Cause): void;
  /** A delete marker was put on top, or a version was removed for good. */
  deleted(bucket: Bucket, version: ObjectVersion, how: 'marked' | 'removed', reason: DeletionReason, cause: Cause): void;
  tagged(bucket: Bucket, version: ObjectVersion): void;
}

/** What the operations of S3 are written on. */
export interface S3Context {
  world: World;
  store: Store;
  changes: Changes;
}

export function causeOf(call: { requestId: string; principal: Principal }, account: string): Cause {
  const isService = call.principal.arn.startsWith('service:');
  return { requestId: call.requestId, requester: isService ? call.principal.arn.slice('service:'.length) : account };
}
