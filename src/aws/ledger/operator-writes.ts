import type { ControlItem, OperationLock } from '../../core/control.js';
import type { CallOptions } from '../../workflow/call-options.js';
import type { AcceptedJob, LedgerWriter } from '../../workflow/ledger-ports.js';
import { encodeMembers, type Plain, samePlain } from './attributes.js';
import { claimJob, reopenJob, retryJob } from './claims.js';
import { acceptedJobItem, jobOf } from './job-item.js';
import { appendEvent } from './journal.js';
import { controlKey, jobKey, lockKey, operationKey, presencePrefix } from './keys.js';
import { membersOf, readJob, readMembers } from './reads.js';
import type { Table } from './table.js';
import { failJob } from './under-claim.js';

/** What operators and ingest change. Each decision is one conditional write on one item. E-mails are settled by what the pipeline writes. */
export function createLedgerOperatorWrites(table: Table): Omit<LedgerWriter, 'settleNotification'> {
  return {
    createControl: (item, options) => putControl(table, item, { condition: 'attribute_not_exists(pk)' }, options),
    replaceControl: (expected, next, options) => putControl(table, next, {
      condition: '#epoch = :epoch AND #phase = :phase', names: ['epoch', 'phase'], values: { epoch: expected.epoch, phase: expected.phase },
    }, options),
    acquireLock: (lock, now, options) => acquireLock(table, lock, now, options),
    async renewLock(operationId, leaseEndsAt, options) {
      const renewed = await table.update({
        key: lockKey, set: { leaseEndsAt }, condition: '#operationId = :operationId', names: ['operationId'], values: { operationId },
      }, options);
      return renewed.written;
    },
    async releaseLock(operationId, options) {
      await table.remove({ key: lockKey, condition: '#operationId = :operationId', names: ['operationId'], values: { operationId } }, options);
    },
    acceptJob: (job, options) => acceptJob(table, job, options),
    async stampPresence(jobId, region, at, options) {
      await table.update({ key: jobKey(jobId), setOnce: { [`${presencePrefix}${region}`]: at }, condition: 'attribute_exists(pk)' }, options);
    },
    claimJob: (jobId, claim, options) => claimJob(table, jobId, claim, options),
    retryJob: (jobId, claim, options) => retryJob(table, jobId, claim, options),
    reopenJob: (jobId, claim, at, options) => reopenJob(table, jobId, claim, at, options),
    async recordExecution(jobId, claim, executionArn, options) {
      await table.update({
        key: jobKey(jobId),
        set: { executionArn },
        condition: '#epoch = :epoch AND #region = :region AND #attempt = :attempt',
        names: ['epoch', 'region', 'attempt'],
        values: { epoch: claim.epoch, region: claim.region, attempt: claim.attempt },
      }, options);
    },
    async parkJob(jobId, why, epoch, options) {
      const parked = await table.update({
        key: jobKey(jobId),
        set: { status: 'PARKED', parkedReason: why },
        condition: '#status = :accepted OR #status = :status OR (#status = :running AND #epoch < :epoch)',
        names: ['epoch'],
        values: { accepted: 'ACCEPTED', running: 'RUNNING', epoch },
      }, options);
      return parked.written;
    },
    failJob: (jobId, claim, error, at, options) => failJob(table, jobId, claim, error, at, options),
    appendEvent: (operationId, sequence, event, options) => appendEvent(table, operationId, sequence, event, options),
    async putOperation(summary, options) {
      await table.put({ ...operationKey(summary.operationId), ...encodeMembers(plain(summary)) }, undefined, options);
    },
  };
}

/** True also when the item already stands as asked: an earlier try landed and its answer was lost. */
async function putControl(table: Table, item: ControlItem, condition: { condition: string; names?: string[]; values?: Record<string, Plain> }, options?: CallOptions): Promise<boolean> {
  const written = await table.put({ ...controlKey, ...encodeMembers(plain(item)) }, condition, options);
  if (written.written) return true;
  return samePlain(await readMembers<ControlItem>(table, controlKey, options), item);
}

async function acquireLock(table: Table, lock: OperationLock, now: string, options?: CallOptions): Promise<{ acquired: true } | { acquired: false; holder: OperationLock }> {
  for (;;) {
    const written = await table.put({ ...lockKey, ...encodeMembers(plain(lock)) }, {
      condition: 'attribute_not_exists(pk) OR #operationId = :operationId OR #leaseEndsAt < :now',
      names: ['operationId', 'leaseEndsAt'],
      values: { operationId: lock.operationId, now },
    }, options);
    if (written.written) return { acquired: true };
    const holder = written.item ? membersOf<OperationLock>(written.item) : await readMembers<OperationLock>(table, lockKey, options);
    if (holder) return { acquired: false, holder };
    // Released between the refusal and the read: it is free now.
  }
}

async function acceptJob(table: Table, accepted: AcceptedJob, options?: CallOptions) {
  const item = acceptedJobItem(accepted);
  const written = await table.put(item, { condition: 'attribute_not_exists(pk)' }, options);
  if (written.written) return { created: true, job: jobOf(item) };
  const job = written.item ? jobOf(written.item) : await readJob(table, accepted.jobId, options);
  if (!job) throw new Error(`the row of job ${accepted.jobId} stood in the way and is gone: rows are never deleted`);
  // The same writer at the same time: it is our own write, whose answer was lost.
  return { created: job.acceptedAt === accepted.acceptedAt && job.acceptedBy === accepted.acceptedBy, job };
}

/** Interfaces have no index signature; what they hold is JSON all the same. */
function plain(value: object): { [name: string]: Plain | undefined } {
  return value as { [name: string]: Plain | undefined };
}
