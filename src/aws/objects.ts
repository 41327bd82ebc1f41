import { GetObjectCommand, HeadObjectCommand, ListObjectVersionsCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { failureKind } from '../core/failure.js';
import type { Clock, ObjectFacts, ObjectsReader } from '../workflow/ports.js';
import type { ClientFactory } from './clients.js';
import { withDeadline } from './deadline.js';

/** Reads one Region's bucket directly, never through the Multi-Region Access Point: which Region answers matters. */
export function createObjectsReader(region: string, bucket: string, clients: ClientFactory, clock: Clock): ObjectsReader {
  const client = (): ReturnType<ClientFactory['s3']> => clients.s3(region);
  return {
    region,
    async head(key, versionId, options) {
      try {
        const answer = await withDeadline(clock, options, 3000, (signal) => client().send(
          new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId, ChecksumMode: 'ENABLED' }),
          { abortSignal: signal },
        ));
        return factsOf(key, answer);
      } catch (error) {
        if (failureKind(error) === 'not-found') return undefined;
        throw error;
      }
    },
    async *list(prefix, options) {
      let keyMarker: string | undefined;
      let versionMarker: string | undefined;
      // A key's entries follow each other, but may go on in the next page.
      let deleted = new Set<string | undefined>();
      do {
        const page = await withDeadline(clock, options, 10_000, (signal) => client().send(
          new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, KeyMarker: keyMarker, VersionIdMarker: versionMarker }),
          { abortSignal: signal },
        ));
        const last = keyMarker;
        deleted = new Set([...(deleted.has(last) ? [last] : []), ...(page.DeleteMarkers ?? []).filter((marker) => marker.IsLatest).map((marker) => marker.Key)]);
        for (const entry of page.Versions ?? []) {
          if (!entry.IsLatest && (options?.overwritten === undefined || deleted.has(entry.Key))) continue;
          yield { key: entry.Key ?? '', versionId: entry.VersionId ?? '', bytes: entry.Size ?? 0, etag: entry.ETag ?? '', lastModified: (entry.LastModified ?? new Date(0)).toISOString() };
        }
        keyMarker = page.IsTruncated ? page.NextKeyMarker : undefined;
        versionMarker = page.NextVersionIdMarker;
      } while (keyMarker);
    },
    async read(key, versionId, options) {
      // The deadline covers the answer's head; the body is bounded by the client's idle time-out.
      const answer = await withDeadline(clock, options, 10_000, (signal) => client().send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }), { abortSignal: signal }));
      if (!answer.Body) throw new Error(`${key} has no body`);
      return answer.Body as unknown as AsyncIterable<Uint8Array>;
    },
  };
}

/** What HEAD tells of an object. */
export function factsOf(key: string, answer: HeadObjectCommandOutput): ObjectFacts {
  const checksum = answer.Metadata?.['sha256'];
  const submission = answer.Metadata?.['submission'];
  return {
    key,
    versionId: answer.VersionId ?? '',
    bytes: answer.ContentLength ?? 0,
    etag: answer.ETag ?? '',
    lastModified: (answer.LastModified ?? new Date(0)).toISOString(),
    ...(checksum ? { checksum } : {}),
    ...(submission ? { submission } : {}),
    ...(answer.ReplicationStatus ? { replicationStatus: normalise(answer.ReplicationStatus) } : {}),
  };
}

/** The API's enumeration holds both COMPLETE and COMPLETED for the same state. */
function normalise(status: string): NonNullable<ObjectFacts['replicationStatus']> {
  return status === 'COMPLETE' ? 'COMPLETED' : status as NonNullable<ObjectFacts['replicationStatus']>;
}
