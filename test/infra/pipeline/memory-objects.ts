import { createHash } from 'node:crypto';
import type { ByteRange, ObjectLabels, ObjectStore, StoredObject, Upload } from '../../../infra/pipeline/objects.js';

interface Version extends StoredObject {
  body: Buffer;
}

/** A versioned bucket in memory, with S3's rules for multipart uploads, and a record of what was moved. */
export class MemoryObjects implements ObjectStore {
  readonly versions = new Map<string, Version[]>();
  /** Keys of whole-object writes and completed uploads, in order. */
  readonly written: string[] = [];
  /** Sizes of chunks that a read yields. */
  chunkBytes = 64 * 1024;
  copiedBytes = 0;
  largestPart = 0;

  put(key: string, body: string | Uint8Array, metadata: Record<string, string> = {}, versionId?: string): string {
    const bytes = Buffer.from(body as Uint8Array);
    const versions = this.versions.get(key) ?? [];
    const version: Version = { key, versionId: versionId ?? `${key}-v${versions.length + 1}`, bytes: bytes.length, etag: createHash('md5').update(bytes).digest('hex'), metadata, body: bytes };
    this.versions.set(key, [...versions, version]);
    return version.versionId;
  }

  text(key: string): string | undefined {
    return this.versions.get(key)?.at(-1)?.body.toString('utf8');
  }

  head(key: string, versionId?: string): Promise<StoredObject | undefined> {
    const version = this.find(key, versionId);
    if (!version) return Promise.resolve(undefined);
    const { body: _, ...facts } = version;
    return Promise.resolve(facts);
  }

  async *read({ key, versionId, start, end }: ByteRange): AsyncGenerator<Uint8Array> {
    const body = this.find(key, versionId)?.body;
    if (!body) throw Object.assign(new Error(`no ${key}`), { name: 'NoSuchKey' });
    for (let position = start; position < end; position += this.chunkBytes) yield body.subarray(position, Math.min(end, position + this.chunkBytes));
  }

  write(key: string, body: Uint8Array | string, labels: ObjectLabels): Promise<{ versionId: string }> {
    this.written.push(key);
    return Promise.resolve({ versionId: this.put(key, body, labels.metadata) });
  }

  startUpload(key: string, labels: ObjectLabels): Promise<Upload> {
    const parts = new Map<number, Buffer>();
    const add = (number: number, body: Buffer): void => {
      parts.set(number, body);
    };
    return Promise.resolve({
      writePart: async (number, body) => {
        this.largestPart = Math.max(this.largestPart, body.length);
        add(number, Buffer.from(body));
      },
      copyPart: async (number, source, whole) => {
        const body = this.find(source.key, source.versionId)!.body;
        if (!whole && body.length <= 5 * 1024 * 1024) throw new Error('a range can be copied only of a source above 5 MiB');
        const range = whole ? body : body.subarray(source.start, source.end);
        this.copiedBytes += range.length;
        add(number, range);
      },
      complete: async () => {
        const numbers = [...parts.keys()].sort((left, right) => left - right);
        for (const number of numbers.slice(0, -1)) if (parts.get(number)!.length < 5 * 1024 * 1024) throw new Error(`EntityTooSmall: part ${number}`);
        this.written.push(key);
        return { versionId: this.put(key, Buffer.concat(numbers.map((number) => parts.get(number)!)), labels.metadata) };
      },
      abort: () => Promise.resolve(),
    });
  }

  private find(key: string, versionId?: string): Version | undefined {
    const versions = this.versions.get(key) ?? [];
    return versionId === undefined ? versions.at(-1) : versions.find((version) => version.versionId === versionId);
  }
}
