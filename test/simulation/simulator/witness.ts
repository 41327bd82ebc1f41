import { createHash } from 'node:crypto';
import type { RunningWorld } from '../../../src/sandbox/assemble-world.js';
import type { CallContext, Operation } from '../../../src/sandbox/service.js';
import type { WriteOutcome } from '../../../src/sandbox/services/dynamodb/engine.js';
import { unpackItem } from '../../../src/sandbox/services/dynamodb/items/packed-item.js';
import { NoQuorumError } from '../../../src/sandbox/services/dynamodb/tables/strong-consistency.js';
import type { Deployment } from '../../../src/config/schema.js';

type Attribute = { S?: string; N?: string; BOOL?: boolean; M?: Record<string, Attribute>; L?: Attribute[]; B?: unknown; NULL?: boolean };
export type Row = Record<string, unknown>;

export interface Violation {
  /** Which promise was broken; the shrinker keeps to it. */
  promise: string;
  what: string;
  atMs: number;
}

/** One write of the control item that stood. */
export interface ControlChange {
  epoch: number;
  activeRegion: string;
  phase: string;
  operationId: string | undefined;
}

export interface Witness {
  readonly violations: Violation[];
  readonly controls: ControlChange[];
  /** E-mails that the mail service took, by job. */
  readonly mails: Map<string, number>;
  readonly counts: Map<string, number>;
  /** The last state of every job row that was written. */
  readonly rows: Map<string, Row>;
  blame(promise: string, what: string): void;
  /** Over every call that reached a service, its outcome and its time: equal for equal runs. */
  digest(): string;
}

export interface WitnessOptions {
  world: RunningWorld;
  deployment: Deployment;
  startedAt: number;
  /** What the control item says when the run begins. */
  control: ControlChange;
  /** What an operation has written into either copy of its journal so far. */
  journalSays(operationId: string, type: string, step: string): boolean;
}

/**
 * Stands inside the services and sees what became true, whoever asked for it and whether or not the answer arrived.
 * What must never happen, not even for a moment, is judged here; what must be so in the end, in `final-checks.ts`.
 */
export function attachWitness({ world, deployment, startedAt, control, journalSays }: WitnessOptions): Witness {
  const violations: Violation[] = [];
  const controls: ControlChange[] = [control];
  const mails = new Map<string, number>();
  const rows = new Map<string, Row>();
  const counts = new Map<string, number>();
  const hash = createHash('sha256');
  const activeOf = new Map([[control.epoch, control.activeRegion]]);
  const blame = (promise: string, what: string): void => {
    violations.push({ promise, what, atMs: world.clock.now() - startedAt });
  };

  for (const service of world.services.values()) {
    for (const [name, operation] of Object.entries(service.operations)) {
      service.operations[name] = traced(`${service.name}:${name}`, operation);
    }
  }

  function traced(name: string, operation: Operation): Operation {
    return async (input: unknown, call: CallContext): Promise<unknown> => {
      let outcome = 'ok';
      try {
        const output: unknown = await operation(input, call);
        judge(name, input, output, call);
        return output;
      } catch (error) {
        outcome = (error as Error).name;
        // A Region that was cut off in the middle of a write says that it failed, whether or not the others have it.
        if (error instanceof NoQuorumError && error.unheard) unheard(input, error.unheard as WriteOutcome);
        throw error;
      } finally {
        hash.update(`${world.clock.now()} ${name} ${call.region} ${call.principal.arn} ${outcome}\n`);
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    };
  }

  function unheard(input: unknown, { before, after }: WriteOutcome): void {
    if ((input as { TableName: string }).TableName !== deployment.ledgerTable) return;
    if (after) written(plainRow(unpackItem(after) as Record<string, Attribute>));
    else if (before && plainRow(unpackItem(before) as Record<string, Attribute>)['pk'] === 'lock') lockReleased();
  }

  function judge(name: string, input: unknown, output: unknown, call: CallContext): void {
    switch (name) {
      case 'dynamodb:PutItem': {
        const { TableName, Item } = input as { TableName: string; Item: Record<string, Attribute> };
        if (TableName === deployment.ledgerTable) written(plainRow(Item));
        return;
      }
      case 'dynamodb:UpdateItem': {
        const { TableName } = input as { TableName: string };
        const { Attributes } = output as { Attributes?: Record<string, Attribute> };
        if (TableName === deployment.ledgerTable && Attributes) written(plainRow(Attributes));
        return;
      }
      case 'dynamodb:DeleteItem': {
        const { TableName, Key } = input as { TableName: string; Key: Record<string, Attribute> };
        if (TableName === deployment.ledgerTable && Key['pk']?.S === 'lock') lockReleased();
        return;
      }
      case 'ses:SendEmail': {
        const tag = (input as { EmailTags?: { Name: string; Value: string }[] }).EmailTags?.find((each) => each.Name === 'job')?.Value ?? 'no job';
        mails.set(tag, (mails.get(tag) ?? 0) + 1);
        if (mails.get(tag) === 2) blame('one e-mail a job', `a second e-mail of job ${tag} was sent`);
        return;
      }
      case 'route53-recovery-cluster:UpdateRoutingControlStates':
        if (call.principal.origin === 'operator') acted('flip-routing-controls');
        return;
      default:
    }
  }

  let lock: { operationId: string; leaseEndsAt: string } | undefined;
  /** Whoever holds the lock, and whoever lost it to a rival whose clock is ahead and may not know it yet. */
  const atWork = new Set<string>();

  /** One of those at work must have said in its journal that the step began. */
  function acted(step: string): void {
    if (atWork.size > 0 && ![...atWork].some((operationId) => journalSays(operationId, 'step-started', step))) blame('journal first', `operation ${[...atWork].join(' or ')} acted in ${step} before its journal said so`);
  }

  function lockReleased(): void {
    if (lock) atWork.delete(lock.operationId);
    lock = undefined;
  }

  function written(row: Row): void {
    const pk = String(row['pk']);
    if (pk === 'control') controlWritten(row);
    else if (pk === 'lock') lockWritten(row);
    else if (pk.startsWith('job#')) jobWritten(row);
  }

  function lockWritten(row: Row): void {
    const operationId = String(row['operationId']);
    const leaseEndsAt = String(row['leaseEndsAt']);
    if (Date.parse(leaseEndsAt) > world.clock.now() + 10 * 60_000) blame('leases end', `the lease of ${operationId} ends only at ${leaseEndsAt}`);
    lock = { operationId, leaseEndsAt };
    atWork.add(operationId);
  }

  function controlWritten(row: Row): void {
    const next: ControlChange = { epoch: Number(row['epoch']), activeRegion: String(row['activeRegion']), phase: String(row['phase']), operationId: row['operationId'] as string | undefined };
    const before = controls.at(-1);
    controls.push(next);
    if (before && next.epoch < before.epoch) blame('epochs rise', `the epoch fell from ${before.epoch} to ${next.epoch}`);
    if (before && next.epoch === before.epoch && next.activeRegion !== before.activeRegion) blame('epochs rise', `${next.activeRegion} became active without a new epoch`);
    if (before && next.epoch > before.epoch + 1) blame('epochs rise', `the epoch jumped from ${before.epoch} to ${next.epoch}`);
    activeOf.set(next.epoch, next.activeRegion);
    if (before && next.epoch > before.epoch && next.operationId !== undefined) {
      if (!journalSays(next.operationId, 'step-started', 'fence')) blame('journal first', `operation ${next.operationId} fenced before its journal said so`);
      if (lock?.operationId !== next.operationId) blame('one operation at a time', `operation ${next.operationId} fenced while ${lock?.operationId ?? 'nobody'} held the lock`);
    }
  }

  function jobWritten(row: Row): void {
    const jobId = String(row['pk']).slice('job#'.length);
    const before = rows.get(jobId);
    rows.set(jobId, row);
    const status = String(row['status']);
    // Synthetic jobs run in both Regions whichever is active; their outputs are nobody's.
    if (String(row['key']).startsWith('canary/')) return;
    if (status === 'RUNNING' && (before?.['status'] !== 'RUNNING' || before['epoch'] !== row['epoch'] || before['attempt'] !== row['attempt'])) claimed(jobId, row, before);
    if (status === 'SUCCEEDED' && before?.['status'] !== 'SUCCEEDED') committed(jobId, row);
    if (before?.['status'] === 'SUCCEEDED') {
      if (status !== 'SUCCEEDED') blame('one commit a job', `job ${jobId} went from SUCCEEDED to ${status}`);
      else if (row['outputKey'] !== before['outputKey'] || row['outputVersionId'] !== before['outputVersionId']) blame('one commit a job', `the output of job ${jobId} was replaced`);
    }
  }

  function claimed(jobId: string, row: Row, before: Row | undefined): void {
    const [epoch, region] = [Number(row['epoch']), String(row['region'])];
    if (activeOf.has(epoch) && activeOf.get(epoch) !== region) blame('claims follow the control item', `${region} claimed job ${jobId} in epoch ${epoch}, which belongs to ${activeOf.get(epoch)}`);
    if (!activeOf.has(epoch)) blame('claims follow the control item', `${region} claimed job ${jobId} in epoch ${epoch}, which has not begun`);
    if (before?.['epoch'] !== undefined && epoch < Number(before['epoch'])) blame('claims follow the control item', `the epoch of job ${jobId} fell from ${String(before['epoch'])} to ${epoch}`);
  }

  const commits = new Map<string, number>();

  function committed(jobId: string, row: Row): void {
    commits.set(jobId, (commits.get(jobId) ?? 0) + 1);
    if (commits.get(jobId) === 2) blame('one commit a job', `job ${jobId} was committed a second time`);
    const label = `/e${String(row['epoch'])}-a${String(row['attempt'])}/`;
    if (!String(row['outputKey']).includes(label)) blame('the fence holds', `job ${jobId} was committed with ${String(row['outputKey'])} while ${label} held its claim`);
    if (row['outputRegion'] !== row['region']) blame('the fence holds', `${String(row['outputRegion'])} committed job ${jobId}, which ${String(row['region'])} holds`);
  }

  return { violations, controls, mails, counts, rows, blame, digest: () => hash.copy().digest('hex') };
}

export function plainRow(item: Record<string, Attribute>): Row {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value)]));
}

function plain(value: Attribute): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.L) return value.L.map(plain);
  if (value.M) return plainRow(value.M);
  return value.B === undefined ? null : value.B;
}
