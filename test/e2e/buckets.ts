import { DeleteObjectsCommand, GetObjectCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import type { Operator } from './operator.js';

export interface Part {
  jobId: string;
  key: string;
  versions: string[];
}

/** The buckets as any client of S3 sees them: past the command line, so that it cannot vouch for itself. */
export interface Buckets {
  /** Finished parts in a Region's bucket, rejects not counted, with every version of each. */
  parts(region: string): Promise<Part[]>;
  /** Parts of each job whose manifest stands in the Region. */
  planned(region: string): Promise<Map<string, number>>;
  keys(region: string, prefix: string): Promise<string[]>;
  /** Every version, so that what was uploaded twice shows twice. */
  versions(region: string, prefix: string): Promise<Version[]>;
  read(region: string, key: string): Promise<string>;
  /** Every version of everything, as whoever gives a bucket up has to. */
  empty(region: string): Promise<void>;
  close(): void;
}

export interface Version {
  key: string;
  versionId: string;
}

export async function openBuckets(operator: Operator): Promise<Buckets> {
  const { environment } = await operator.document<{ environment: Record<string, string> }>(['sandbox', 'env', '--dir', operator.sandbox]);
  const credentials = { accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '' };
  const clients = new Map<string, S3Client>();
  const client = (region: string): S3Client => {
    const known = clients.get(region) ?? new S3Client({ region, endpoint: environment['AWS_ENDPOINT_URL'] ?? '', forcePathStyle: true, credentials });
    clients.set(region, known);
    return known;
  };
  const bucket = (region: string): string => `batchctl-111122223333-${region}`;
  const read = async (region: string, key: string): Promise<string> => {
    const { Body } = await client(region).send(new GetObjectCommand({ Bucket: bucket(region), Key: key }));
    return Body?.transformToString() ?? '';
  };
  const list = async (region: string, prefix: string): Promise<Version[]> => {
    const found: Version[] = [];
    let marker: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
    while (marker) {
      const page = await client(region).send(new ListObjectVersionsCommand({ Bucket: bucket(region), Prefix: prefix, ...marker })) as { Versions?: { Key?: string; VersionId?: string }[]; IsTruncated?: boolean; NextKeyMarker?: string; NextVersionIdMarker?: string };
      for (const each of page.Versions ?? []) found.push({ key: each.Key ?? '', versionId: each.VersionId ?? '' });
      marker = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
    }
    return found;
  };
  const empty = async (region: string): Promise<void> => {
    for (;;) {
      const { Versions = [], DeleteMarkers = [] } = await client(region).send(new ListObjectVersionsCommand({ Bucket: bucket(region) }));
      const doomed = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key: Key ?? '', VersionId: VersionId ?? '' }));
      if (doomed.length === 0) return;
      await client(region).send(new DeleteObjectsCommand({ Bucket: bucket(region), Delete: { Objects: doomed, Quiet: true } }));
    }
  };
  const manifests = new Map<string, number>();
  return {
    empty,
    async parts(region) {
      const byKey = new Map<string, Part>();
      for (const { key, versionId } of await list(region, 'work/')) {
        const jobId = /^work\/([0-9a-f]{32})\/parts\/\d+\.csv$/.exec(key)?.[1];
        if (jobId === undefined) continue;
        const part = byKey.get(key) ?? { jobId, key, versions: [] };
        part.versions.push(versionId);
        byKey.set(key, part);
      }
      return [...byKey.values()];
    },
    async planned(region) {
      const counts = new Map<string, number>();
      for (const { key } of await list(region, 'work/')) {
        const jobId = /^work\/([0-9a-f]{32})\/manifest\.json$/.exec(key)?.[1];
        if (jobId === undefined) continue;
        // A manifest is a pure function of the input, so one reading of it is enough.
        if (!manifests.has(jobId)) manifests.set(jobId, (JSON.parse(await read(region, key)) as unknown[]).length);
        counts.set(jobId, manifests.get(jobId) ?? 0);
      }
      return counts;
    },
    keys: async (region, prefix) => [...new Set((await list(region, prefix)).map((version) => version.key))],
    versions: list,
    read,
    close: () => { for (const each of clients.values()) each.destroy(); },
  };
}
