import type { RunningWorld } from '../../../src/sandbox/assemble-world.js';
import type { Deployment } from '../../../src/config/schema.js';
import { assess } from '../../../src/core/assess.js';
import { jobIdOf } from '../../../src/core/job.js';
import type { Snapshot } from '../../../src/core/snapshot.js';
import { operatorIn } from './deployed-world.js';
import type { InputFile } from './input-files.js';
import { plainRow, type Row, type Witness } from './witness.js';

export interface FinalState {
  world: RunningWorld;
  deployment: Deployment;
  witness: Witness;
  /** Every file that was ever sent, by its content's stamp (its text). */
  sent: Map<string, InputFile>;
  /** What an upload was told: key and version. */
  acknowledged: { key: string; versionId: string }[];
  snapshot: Snapshot;
  /** What was written for people to read (journals, events, log lines), or as much of it as tells a secret. */
  texts: readonly string[];
}

/** Judges how a run ended, after everything was healed and had its time. */
export async function checkFinalState(state: FinalState): Promise<void> {
  await checkJobs(state);
  checkRouting(state);
  checkSecrets(state);
}

interface Version {
  Key: string;
  VersionId: string;
}

async function checkJobs(state: FinalState): Promise<void> {
  const { deployment, world, witness } = state;
  const held = new Map<string, Map<string, Version>>();
  for (const region of [deployment.home, deployment.other]) held.set(region, await versionsIn(world, deployment.regions[region]?.bucket ?? '', region));
  const all = new Map([...held.values()].flatMap((versions) => [...versions]));
  for (const { key, versionId } of state.acknowledged) {
    if (!all.has(jobIdOf(key, versionId))) witness.blame('every input is accounted for', `${key} (${versionId}) was acknowledged and is in no bucket`);
  }
  const rows = await jobRows(world, deployment);
  for (const [jobId, version] of all) {
    const row = rows.get(jobId);
    if (!row) {
      witness.blame('every input is accounted for', `${version.Key} (${version.VersionId}) has no row`);
      continue;
    }
    await checkJob(state, jobId, version, row, held);
  }
  for (const [jobId, row] of rows) {
    if (!all.has(jobId) && !String(row['key']).startsWith('canary/')) witness.blame('every input is accounted for', `the row of ${String(row['key'])} names a version that no bucket holds`);
  }
}

async function checkJob(state: FinalState, jobId: string, version: Version, row: Row, held: Map<string, Map<string, Version>>): Promise<void> {
  const { witness, deployment, world } = state;
  const name = `${version.Key} (job ${jobId})`;
  const source = [...held].find(([, versions]) => versions.has(jobId))?.[0] ?? deployment.home;
  const text = await bodyOf(world, deployment.regions[source]?.bucket ?? '', source, version.Key, version.VersionId);
  const file = state.sent.get(text);
  if (!file) {
    witness.blame('every input is accounted for', `${name} holds what nobody sent`);
    return;
  }
  const { expected } = file;
  const mails = witness.mails.get(jobId) ?? 0;
  if (row['status'] === 'PARKED') {
    const active = witness.controls.at(-1)?.activeRegion ?? deployment.home;
    if (held.get(active)?.has(jobId)) witness.blame('every input is accounted for', `${name} is parked although ${active} holds its input`);
    if (!row['parkedReason']) witness.blame('every input is accounted for', `${name} is parked without a reason`);
    return;
  }
  if (expected.kind === 'refused') {
    const error = row['error'] as { code?: string } | undefined;
    if (row['status'] !== 'FAILED' || error?.code !== expected.code) witness.blame('every input is accounted for', `${name} should be FAILED with ${expected.code} and is ${String(row['status'])} ${error?.code ?? ''}`);
    if (mails > 0) witness.blame('one e-mail a job', `${name} failed and sent an e-mail`);
    return;
  }
  if (row['status'] !== 'SUCCEEDED') {
    witness.blame('every input is accounted for', `${name} is ${String(row['status'])} ${JSON.stringify(row['error'] ?? '')}`);
    return;
  }
  await checkOutput(state, name, row, expected);
  checkNotification(witness, name, row, mails);
}

async function checkOutput({ witness, world, deployment }: FinalState, name: string, row: Row, expected: { output: string; rejects: string | undefined; rows: object }): Promise<void> {
  const region = String(row['outputRegion']);
  const bucket = deployment.regions[region]?.bucket ?? '';
  const output = await bodyOf(world, bucket, region, String(row['outputKey']), String(row['outputVersionId']));
  if (output !== expected.output) witness.blame('outputs are right', `the output of ${name} is not what it should be: ${JSON.stringify(output.slice(0, 200))}`);
  const rejects = row['rejectsKey'] === undefined ? undefined : await bodyOf(world, bucket, region, String(row['rejectsKey']), String(row['rejectsVersionId']));
  if (rejects !== expected.rejects) witness.blame('outputs are right', `the rejects of ${name} are not what they should be: ${JSON.stringify(rejects?.slice(0, 200))}`);
  const counted = row['rows'] as Record<string, number>;
  if (Object.entries(expected.rows).some(([key, value]) => counted[key] !== value)) witness.blame('outputs are right', `the row counts of ${name} are ${JSON.stringify(counted)} instead of ${JSON.stringify(expected.rows)}`);
}

function checkNotification(witness: Witness, name: string, row: Row, mails: number): void {
  const state = String(row['notification']);
  if (state === 'SENT' && mails !== 1) witness.blame('one e-mail a job', `${name} says SENT and ${mails} e-mails went out`);
  if (state !== 'SENT' && state !== 'UNCERTAIN') witness.blame('one e-mail a job', `the e-mail of ${name} is ${state} in the end (${mails} went out)`);
}

function checkRouting({ witness, world, deployment, snapshot }: FinalState): void {
  const assessment = assess(snapshot, deployment.policy);
  for (const drift of assessment.drift) witness.blame('ledger, ARC and dials agree', drift);
  const control = witness.controls.at(-1);
  if (control?.phase !== 'active') witness.blame('ledger, ARC and dials agree', `the pipeline is ${control?.phase} in the end`);
  const arc = snapshot.routing.arc;
  if (arc?.known && arc.value.disagree) witness.blame('ledger, ARC and dials agree', 'the ARC endpoints disagree in the end');
  if (!arc?.known || !snapshot.routing.mrap.known) witness.blame('ledger, ARC and dials agree', 'the routing cannot be read although all is healed');
  if (snapshot.lock.known && snapshot.lock.value && Date.parse(snapshot.lock.value.leaseEndsAt) > world.clock.now()) witness.blame('leases end', `${snapshot.lock.value.operationId} still holds the lock`);
}

const forbidden = [/X-Amz-Signature=/i, /X-Amz-Security-Token=/i, /aws_secret_access_key/i];

function checkSecrets({ witness, texts, deployment }: FinalState): void {
  const told = texts.find((text) => tellsSecret(text, deployment));
  if (told !== undefined) witness.blame('no secrets in what people read', told.slice(0, 300));
}

export function tellsSecret(text: string, { credentials }: Deployment): boolean {
  const secret = credentials && 'secretAccessKey' in credentials ? credentials.secretAccessKey : undefined;
  return forbidden.some((pattern) => pattern.test(text)) || (secret !== undefined && text.includes(secret));
}

export async function versionsIn(world: RunningWorld, bucket: string, region: string): Promise<Map<string, Version>> {
  const found = new Map<string, Version>();
  let marker: { KeyMarker?: string; VersionIdMarker?: string } = {};
  do {
    const page = await world.call<{ Versions?: Version[]; IsTruncated?: boolean; NextKeyMarker?: string; NextVersionIdMarker?: string }>('s3', 'ListObjectVersions', { Bucket: bucket, Prefix: 'input/', ...marker }, operatorIn(region));
    for (const version of page.Versions ?? []) found.set(jobIdOf(version.Key, version.VersionId), version);
    marker = page.IsTruncated ? { KeyMarker: page.NextKeyMarker ?? '', VersionIdMarker: page.NextVersionIdMarker ?? '' } : {};
  } while (marker.KeyMarker !== undefined);
  return found;
}

export async function jobRows(world: RunningWorld, deployment: Deployment): Promise<Map<string, Row>> {
  const rows = new Map<string, Row>();
  let from: unknown;
  do {
    const page = await world.call<{ Items: Record<string, never>[]; LastEvaluatedKey?: unknown }>('dynamodb', 'Scan', { TableName: deployment.ledgerTable, ConsistentRead: true, ...(from ? { ExclusiveStartKey: from } : {}) }, operatorIn(deployment.home));
    for (const item of page.Items) {
      const row = plainRow(item);
      if (String(row['pk']).startsWith('job#')) rows.set(String(row['pk']).slice('job#'.length), row);
    }
    from = page.LastEvaluatedKey;
  } while (from);
  return rows;
}

async function bodyOf(world: RunningWorld, bucket: string, region: string, key: string, versionId: string): Promise<string> {
  try {
    const { Body } = await world.call<{ Body: AsyncIterable<Uint8Array> }>('s3', 'GetObject', { Bucket: bucket, Key: key, VersionId: versionId }, operatorIn(region));
    const pieces: Uint8Array[] = [];
    for await (const piece of Body) pieces.push(piece);
    return Buffer.concat(pieces).toString('utf8');
  } catch (error) {
    return `(${key} of ${bucket} cannot be read: ${String(error)})`;
  }
}
