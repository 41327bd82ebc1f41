import type { Ledger } from '../../src/aws/ledger/ledger.js';
import { jobIdOf } from '../../src/core/job.js';
import { prefixes } from '../../src/core/layout.js';
import type { RoutingVeto } from './arc-veto.js';
import type { ObjectStore, StoredObject } from './objects.js';
import { claimAndStart, type StartPorts } from './start-job.js';
import { jobFields } from './telemetry.js';

/** "Object Created" as S3 puts it on the event bus. */
export interface ObjectCreatedEvent {
  detail: { bucket?: { name?: string }; object: { key: string; 'version-id'?: string; size?: number } };
}

export interface IngestPorts extends StartPorts {
  ledger: Pick<Ledger, 'claimJob' | 'recordExecution' | 'readControl' | 'acceptJob' | 'stampPresence'>;
  objects: ObjectStore;
  routingVeto: RoutingVeto;
}

export interface IngestOutcome {
  jobId?: string;
  action: 'ignored' | 'gone' | 'present' | 'held' | 'started' | 'finished' | 'failed' | 'superseded' | 'absent';
}

/**
 * Takes note of an object that appeared in this Region's bucket. Events come at least once and in any order, and a
 * replica's arrival looks like an upload, so all of it may be repeated. The row comes first: whatever Region turns out to
 * be active, an accepted input is known from then on and the sweep finds it.
 */
export async function ingest(event: ObjectCreatedEvent, ports: IngestPorts): Promise<IngestOutcome> {
  const named = event.detail.object;
  if (!isInput(named.key)) return { action: 'ignored' };
  const found = await findObject(named.key, named['version-id'], ports.objects);
  if (!found) {
    ports.telemetry.warn('the object of an event is gone', { key: named.key, versionId: named['version-id'] });
    return { action: 'gone' };
  }
  const jobId = await accept(found, ports);
  const control = await ports.ledger.readControl();
  if (control && control.activeRegion !== ports.region) return { jobId, action: 'present' };
  if (control?.phase !== 'active' || await ports.routingVeto(control.changedAt)) {
    ports.telemetry.info('input held', { ...jobFields({ jobId, key: found.key }), phase: control?.phase ?? 'before init' });
    ports.telemetry.count({ FilesHeld: 1 });
    return { jobId, action: 'held' };
  }
  return { jobId, action: await claimAndStart({ jobId, key: found.key }, control.epoch, ports) };
}

function isInput(key: string): boolean {
  return key.startsWith(prefixes.input) && !key.endsWith('/');
}

/** The event bus carries keys as they are, other ways encode them as in a form. Whichever exists is meant. */
async function findObject(key: string, versionId: string | undefined, objects: ObjectStore): Promise<StoredObject | undefined> {
  const raw = await objects.head(key, versionId);
  if (raw) return raw;
  const decoded = decodedKey(key);
  return decoded === key || !isInput(decoded) ? undefined : objects.head(decoded, versionId);
}

function decodedKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

async function accept(object: StoredObject, ports: IngestPorts): Promise<string> {
  const { key, versionId, bytes } = object;
  const jobId = jobIdOf(key, versionId);
  const at = ports.clock.now().toISOString();
  const checksum = object.metadata.sha256;
  const { created, job } = await ports.ledger.acceptJob({
    jobId, key, versionId, bytes, ...(checksum ? { checksum } : {}), acceptedAt: at, acceptedBy: ports.region, presentIn: { [ports.region]: at },
  });
  if (!job.presentIn[ports.region]) await ports.ledger.stampPresence(jobId, ports.region, at);
  if (created) {
    ports.telemetry.info('input accepted', { ...jobFields({ jobId, key }), versionId, bytes });
    ports.telemetry.count({ FilesAccepted: 1 });
  }
  return jobId;
}
