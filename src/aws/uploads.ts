import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
// Registers the SigV4A signer that Multi-Region Access Points need. Whoever else calls one has to do the same: it is a tenth of what a look loads.
import '@aws-sdk/signature-v4a';
import type { Deployment } from '../config/schema.js';
import { describeFailure, failureKind, isTransient } from '../core/failure.js';
import { OperatorError } from '../errors.js';
import type { ObjectFacts, ObjectsReader } from '../workflow/ports.js';
import type { ClientFactoryOptions } from './client-pool.js';
import { createClientFactory } from './clients.js';
import { factsOf } from './objects.js';
import { abortable, putInParts, putWhole, type UploadSource, type WriteCondition, type WriteOn } from './upload-requests.js';

export interface UploadOptions {
  /** Uploads also what is there already, as a version of its own. */
  again?: boolean;
  signal?: AbortSignal;
  /** Called with the bytes that were accepted so far. Falls back to 0 when an upload has to begin again. */
  onProgress?(bytes: number): void;
}

export interface Uploaded {
  versionId: string;
  /** The same content was the current version under this key already, so nothing was uploaded. */
  already: boolean;
  /** Only the bucket that uploads do not go to now holds it, so its job waits until it has replicated. */
  awaitsReplica?: true;
}

/** Puts files through the Multi-Region Access Point: whichever Region its traffic dial names takes them. */
export interface Uploads {
  /**
   * Makes the file the current version under `key`, once: neither an answer that is lost on its way back nor somebody who
   * puts the same file under the same key at the same moment makes two versions of it, because each version is a job.
   * Throws `UPLOAD_FAILED` when it began again too often, `ACCESS_POINT_FAILED` when it could not even look.
   */
  put(key: string, source: UploadSource, options?: UploadOptions): Promise<Uploaded>;
}

type Bucket = Pick<ObjectsReader, 'region' | 'head'>;

export interface UploadSettings {
  /**
   * Both Regions' buckets. A file may be in the one that the access point does not lead to any more, and have no replica yet:
   * submitted again after a flip it would become a second job.
   */
  buckets?: readonly Bucket[];
  /** Told once of each bucket that could not be asked and is not asked again: what it holds is unknown. */
  onSilent?(region: string, failure: unknown): void;
  clientOptions?: ClientFactoryOptions;
  /** Files up to this size go up in one request. */
  singlePutMaxBytes?: number;
  partBytes?: number;
  /** Before it begins again for the first time; twice as long before each next time. */
  pauseMs?: number;
}

const mebibyte = 1024 * 1024;
/** A flip of the traffic dials strands a multipart upload in the old Region; it has to begin again in the new one. */
const maxRestarts = 5;
/** How often others may be faster before it waits a while: the access point may also look into one bucket and write into the other. */
const maxOvertakings = 10;

/** What is known of a key while a file is on its way there. */
interface Target {
  /** The current version at the last look. */
  standing: ObjectFacts | undefined;
  /** What this call marks its version with: an answer may be lost on its way back, and the SDK may have asked twice. */
  submission: string;
  /** False once S3 said that it takes no conditions here: that access points do could not be tried on AWS. */
  conditions: boolean;
}

/** Ends an attempt in which the file turned out to be there. */
class AlreadyThere extends Error {
  constructor(readonly versionId: string, readonly ours: boolean, readonly awaitsReplica: boolean) { super('the file is there already'); }
}

export function createUploads(deployment: Pick<Deployment, 'mrap' | 'home' | 'transport' | 'credentials'>, settings: UploadSettings = {}): Uploads {
  const clients = createClientFactory(deployment, { requestTimeoutMs: 60_000, maxAttempts: 3, ...settings.clientOptions });
  // SigV4A signs for every Region; the client's own Region does not take part in routing.
  const client = clients.s3(deployment.home);
  const bucket = deployment.mrap.arn;
  const singlePutMaxBytes = settings.singlePutMaxBytes ?? 64 * mebibyte;
  let answering = settings.buckets ?? [];

  async function find(key: string, signal: AbortSignal | undefined): Promise<ObjectFacts | undefined> {
    try {
      return factsOf(key, await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), abortable(signal)));
    } catch (error) {
      if (failureKind(error) === 'not-found') return undefined;
      throw error;
    }
  }

  /** Looks what stands under the key, and ends the attempt when it is this file. */
  async function look(key: string, source: UploadSource, target: Target, options: UploadOptions): Promise<void> {
    // Asked to run it again, only a version of this very call is not one more of those that were there before.
    const isThisFile = (there: ObjectFacts): boolean => there.versionId !== '' && there.bytes === source.bytes && there.checksum === source.sha256
      && (options.again !== true || there.submission === target.submission);
    const found = (there: ObjectFacts, awaitsReplica: boolean): AlreadyThere => new AlreadyThere(there.versionId, there.submission === target.submission, awaitsReplica);
    const asked = answering.map(async (bucket) => ({ bucket, ...await headOf(bucket, key, options.signal) }));
    const now = await find(key, options.signal);
    target.standing = now;
    if (now !== undefined && isThisFile(now)) throw found(now, false);
    for (const { bucket, there, failure } of await Promise.all(asked)) {
      options.signal?.throwIfAborted();
      if (failure !== undefined) giveUp(bucket, failure);
      // An older one was replaced by what stands now, unless it is ours: it has a job.
      else if (there && (now === undefined || there.lastModified > now.lastModified || there.submission === target.submission) && isThisFile(there)) throw found(there, true);
    }
  }

  /** Several files on their way meet the same silence. */
  function giveUp(bucket: Bucket, failure: unknown): void {
    if (!answering.includes(bucket)) return;
    answering = answering.filter((each) => each !== bucket);
    settings.onSilent?.(bucket.region, failure);
  }

  /** Creates the object on the condition that nothing changed under the key since the last look, and looks again when something did. */
  function writeOnStanding(key: string, source: UploadSource, target: Target, options: UploadOptions): WriteOn {
    return async (create) => {
      for (let overtakings = 0; ; overtakings += 1) {
        try {
          return await create(target.conditions ? conditionOf(target.standing) : {});
        } catch (error) {
          const { name } = error as { name?: string };
          if (target.conditions && name === 'NotImplemented') target.conditions = false;
          else if (!isOvertaken(error) || overtakings >= maxOvertakings) throw error;
          else await look(key, source, target, options);
        }
      }
    };
  }

  /** Begins again while the access point leads to nowhere: until a flip of its dials has spread, it may lead to a lost Region. */
  async function withRestarts<Result>(attempt: () => Promise<Result>, signal: AbortSignal | undefined, tooOften: (error: unknown) => Promise<unknown>, beforeNext: () => void = () => {}): Promise<Result> {
    for (let restart = 0; ; restart += 1) {
      try {
        return await attempt();
      } catch (error) {
        signal?.throwIfAborted();
        if (!worthAnotherTry(error)) throw error;
        if (restart >= maxRestarts) throw await tooOften(error);
        beforeNext();
        await delay((settings.pauseMs ?? 250) * 2 ** restart, undefined, signal ? { signal } : {});
      }
    }
  }

  /** The access point says no more of a session that it does not take than that something failed. */
  async function isUntakenSession(error: unknown): Promise<boolean> {
    return failureKind(error) === 'service' && (await client.config.credentials()).sessionToken !== undefined;
  }

  async function failed(code: string, message: string, cause: unknown): Promise<OperatorError> {
    const nextSteps = ['See where uploads go now: batchctl status', 'Then submit it again: what is uploaded already is not run twice.'];
    return new OperatorError(code, message, { cause, nextSteps: await isUntakenSession(cause) ? [afterGlobalSession, ...nextSteps] : nextSteps });
  }

  return {
    async put(key, source, options = {}) {
      const { signal, onProgress = () => {} } = options;
      const target: Target = { standing: undefined, submission: randomUUID(), conditions: true };
      let attempted = false;
      const upload = { client, bucket, key, source, submission: target.submission, signal, onProgress };
      const writeOn = writeOnStanding(key, source, target, options);
      const send = (): Promise<string> => (source.bytes <= singlePutMaxBytes ? putWhole(upload, writeOn) : putInParts(upload, settings.partBytes ?? 16 * mebibyte, writeOn));
      try {
        await withRestarts(() => look(key, source, target, options), signal, async (error) => (failureKind(error) === 'clock'
          ? error
          : failed('ACCESS_POINT_FAILED', `The Multi-Region Access Point does not answer: ${describeFailure(error)}. ${source.file} was not uploaded.`, error)));
        const versionId = await withRestarts(async () => {
          if (attempted) await look(key, source, target, options);
          return send();
        }, signal, (error) => failed('UPLOAD_FAILED', `${source.file} could not be uploaded: ${describeFailure(error)}.`, error), () => {
          attempted = true;
          onProgress(0);
        });
        return { versionId, already: false };
      } catch (error) {
        if (error instanceof AlreadyThere) return { versionId: error.versionId, already: !error.ours, ...(error.awaitsReplica ? { awaitsReplica: true } : {}) };
        throw error;
      }
    },
  };
}

const afterGlobalSession = 'If batchctl doctor says that the access point does not take this session, it came from the global STS endpoint: export AWS_STS_REGIONAL_ENDPOINTS=regional, and sign in again';

async function headOf(bucket: Bucket, key: string, signal: AbortSignal | undefined): Promise<{ there?: ObjectFacts | undefined; failure?: unknown }> {
  try {
    return { there: await bucket.head(key, undefined, signal ? { signal } : {}) };
  } catch (failure) {
    return { failure };
  }
}

function conditionOf(standing: ObjectFacts | undefined): WriteCondition {
  if (standing === undefined) return { IfNoneMatch: '*' };
  return standing.etag === '' ? {} : { IfMatch: standing.etag };
}

/** The condition did not hold: somebody put or deleted something under the key. S3 answers 404 to If-Match where nothing stands any more. */
function isOvertaken(error: unknown): boolean {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  return name === 'PreconditionFailed' || $metadata?.httpStatusCode === 412 || name === 'NoSuchKey';
}

/** NoSuchUpload: the access point now leads to a bucket that never saw this upload. A conflict: another write was under way. */
function worthAnotherTry(error: unknown): boolean {
  const { name } = error as { name?: string };
  return name === 'NoSuchUpload' || name === 'NoSuchKey' || failureKind(error) === 'conflict' || isTransient(error);
}
