import type { ControlItem, OperationLock, RefusedCommit } from '../../core/control.js';
import { failureKind } from '../../core/failure.js';
import { isUnfinished, type Job, type JobStatus } from '../../core/job.js';
import type { OperationSummary } from '../../core/operation.js';
import type { CanaryView, ObserverMinute } from '../../core/snapshot.js';
import type { CallOptions } from '../../workflow/call-options.js';
import type { JobFilter, LedgerReader, Standing, UnsettledWork } from '../../workflow/ledger-ports.js';
import type { Clock } from '../../workflow/ports.js';
import { type Attributes, decodeMembers, encode } from './attributes.js';
import { jobOf } from './job-item.js';
import { readJournal } from './journal.js';
import {
  canaryKey, controlKey, dayOf, dayShard, everyShard, hourOf, indexes, jobKey, lockKey, observerKey, type OpenKind, tallyPartition, versionKey,
} from './keys.js';
import type { Table } from './table.js';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const defaultListLimit = 100;
/**
 * How far `listJobs` goes back for finished jobs, and which days it looks at together. It begins one day ahead: a row may be
 * stamped by a clock that runs fast. Unfinished and failed jobs are listed whatever their age.
 */
const newestDays = [-1, 0];
const olderDays = [[1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11, 12], [13, 14, 15, 16, 17], [18, 19, 20, 21, 22, 23], [24, 25, 26, 27, 28, 29]];
const oldestDay = Math.max(...olderDays.flat());

export function createLedgerReads(region: string, table: Table, clock: Clock): LedgerReader {
  return {
    region,
    readControl: (options) => readMembers<ControlItem>(table, controlKey, options),
    readLock: (options) => readMembers<OperationLock>(table, lockKey, options),
    readStanding: (regions, options) => readStanding(table, regions, options),
    readJob: (jobId, options) => readJob(table, jobId, options),
    async readJobs(jobIds, options) {
      const items = await table.getMany([...new Set(jobIds)].map(jobKey), options);
      return new Map(items.map(jobOf).map((job) => [job.jobId, job]));
    },
    async listOpenJobs(options) {
      return (await listShards(table, 'open', options)).filter(belongs.open);
    },
    async listFailedJobs(options) {
      return (await listShards(table, 'failed', options)).filter(belongs.failed);
    },
    async listUnsettledNotifications(options) {
      return (await listShards(table, 'notify', options)).filter(belongs.notify);
    },
    listUnsettled: (options) => listUnsettled(table, options),
    listJobs: (filter, options) => listJobs(table, clock, filter, options),
    async listRefusedCommits(since, options) {
      const items = await queryPartition(table, 'refusals', options, since);
      return items.map((item) => membersOf<RefusedCommit>(item));
    },
    countSucceeded: (hours, options) => countSucceeded(table, clock, hours, options),
    async readCanary(canaryRegion, options) {
      const item = await table.get(canaryKey(canaryRegion), options);
      return item && canaryOf(item);
    },
    async listOperations(limit, options) {
      const items = await table.query({
        KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': encode('operations') }, ScanIndexForward: false, Limit: limit, ConsistentRead: true,
      }, options, (found) => found.length >= limit);
      return items.slice(0, limit).map((item) => membersOf<OperationSummary>(item));
    },
    readJournal: (operationId, options) => readJournal(table, operationId, options),
  };
}

const canaryOf = (item: Attributes): CanaryView => ({ results: membersOf<CanaryView>(item).results });

async function readStanding(table: Table, [one, two]: readonly [string, string], options?: CallOptions): Promise<Standing> {
  const of = {
    canary: { [one]: canaryKey(one), [two]: canaryKey(two) },
    history: { [one]: observerKey(one, two), [two]: observerKey(two, one) },
    version: { [one]: versionKey(one), [two]: versionKey(two) },
  };
  const keys = [controlKey, lockKey, ...Object.values(of).flatMap((each) => Object.values(each))];
  const items = new Map((await table.getMany(keys, options)).map((item) => [nameOfKey(item), item]));
  const found = (key: Attributes | undefined): Attributes | undefined => key && items.get(nameOfKey(key));
  const members = <T>(key: Attributes | undefined): T | undefined => {
    const item = found(key);
    return item && membersOf<T>(item);
  };
  const perRegion = <T>(read: (region: string) => T): Record<string, T> => ({ [one]: read(one), [two]: read(two) });
  return {
    control: members<ControlItem>(controlKey),
    lock: members<OperationLock>(lockKey),
    versions: Object.fromEntries([one, two].flatMap((region) => {
      const version = found(of.version[region])?.version?.S;
      return version === undefined ? [] : [[region, version]];
    })),
    canaries: perRegion((region) => {
      const item = found(of.canary[region]);
      return item && canaryOf(item);
    }),
    histories: perRegion((region) => members<{ verdicts: ObserverMinute[] }>(of.history[region])?.verdicts ?? []),
  };
}

const nameOfKey = ({ pk, sk }: Attributes): string => `${pk?.S ?? ''}\n${sk?.S ?? ''}`;

export async function readJob(table: Table, jobId: string, options?: CallOptions): Promise<Job | undefined> {
  const item = await table.get(jobKey(jobId), options);
  return item && jobOf(item);
}

export async function readMembers<T>(table: Table, key: Attributes, options?: CallOptions): Promise<T | undefined> {
  const item = await table.get(key, options);
  return item && membersOf<T>(item);
}

/** The item without its keys. */
export function membersOf<T>(item: Attributes): T {
  const { pk: _pk, sk: _sk, ...members } = decodeMembers(item);
  return members as T;
}

/** A whole partition in the order of its sort keys, strongly consistent. */
async function queryPartition(table: Table, pk: string, options?: CallOptions, since?: string): Promise<Attributes[]> {
  return table.query({
    KeyConditionExpression: since === undefined ? 'pk = :pk' : 'pk = :pk AND sk >= :since',
    ExpressionAttributeValues: { ':pk': encode(pk), ...(since === undefined ? {} : { ':since': encode(since) }) },
    ConsistentRead: true,
  }, options);
}

/** The index lags behind the rows by moments: an entry may still show a state that its row has left. */
const belongs: Record<OpenKind, (job: Job) => boolean> = {
  open: isUnfinished,
  failed: (job) => job.status === 'FAILED',
  notify: (job) => job.status === 'SUCCEEDED' && job.notification !== 'SENT',
};

/**
 * The whole sparse index in one scan: mostly it is small, and shard by shard it would take two dozen calls. What does not
 * fit into one page is read again shard by shard, side by side, because pages come one after the other.
 */
async function listUnsettled(table: Table, options?: CallOptions): Promise<UnsettledWork> {
  const page = await table.scanPage(indexes.open, options);
  const jobs = page.complete ? page.items.map(jobOf).sort(oldestFirst) : undefined;
  const [open, failed, unsettledNotifications] = await Promise.all((['open', 'failed', 'notify'] as const).map(async (kind) => (jobs ?? await listShards(table, kind, options)).filter(belongs[kind])));
  return { open: open ?? [], failed: failed ?? [], unsettledNotifications: unsettledNotifications ?? [] };
}

/** All shards in parallel, all pages, oldest first. */
async function listShards(table: Table, kind: OpenKind, options?: CallOptions): Promise<Job[]> {
  const shards = await Promise.all(everyShard.map((shard) => table.query({
    IndexName: indexes.open, KeyConditionExpression: 'openShard = :shard', ExpressionAttributeValues: { ':shard': encode(`${kind}#${shard}`) },
  }, options)));
  return shards.flat().map(jobOf).sort(oldestFirst);
}

async function listJobs(table: Table, clock: Clock, filter: JobFilter, options?: CallOptions): Promise<Job[]> {
  const limit = filter.limit ?? defaultListLimit;
  const wanted = (job: Job): boolean => (!filter.states || filter.states.includes(job.status)) && (!filter.region || (job.region ?? job.acceptedBy) === filter.region);
  const wants = (...states: JobStatus[]): boolean => !filter.states || states.some((state) => filter.states!.includes(state));
  const found = new Map<string, Job>();
  const keep = (jobs: Job[]): void => { for (const job of jobs) if (wanted(job)) found.set(job.jobId, job); };
  // Whatever still needs somebody's attention is listed even when it is older than the days that are looked through.
  const [open, failed] = await Promise.all([
    wants('ACCEPTED', 'RUNNING', 'PARKED') ? listShards(table, 'open', options) : [],
    wants('FAILED') ? listShards(table, 'failed', options) : [],
  ]);
  keep([...open, ...failed]);
  if (wants('SUCCEEDED')) {
    const today = clock.now().getTime();
    const dayAgo = (days: number): string => new Date(today - days * dayMs).toISOString();
    const enoughIn = async (days: number[]): Promise<boolean> => {
      for (const day of await Promise.all(days.map((daysAgo) => listDay(table, dayAgo(daysAgo), wanted, limit, options)))) keep(day);
      // Whatever is not found yet was accepted before these days. Old unfinished jobs are found, but not among the newest.
      const since = dayOf(dayAgo(Math.max(...days)));
      return [...found.values()].filter((job) => dayOf(job.acceptedAt) >= since).length >= limit;
    };
    if (!await enoughIn(newestDays)) {
      // Often because there are few at all, and then one call has them where a month of days takes hundreds.
      const all = await listIfFew(table, dayOf(dayAgo(oldestDay)), options);
      if (all) keep(all);
      else for (const days of olderDays) if (await enoughIn(days)) break;
    }
  }
  return [...found.values()].sort((left, right) => oldestFirst(right, left)).slice(0, limit);
}

/** Every job accepted since that day, where one page of the index holds all; undefined where it does not, or must not be read. */
async function listIfFew(table: Table, since: string, options?: CallOptions): Promise<Job[] | undefined> {
  // A role from before this was asked for may not scan; the days are asked for one by one then, as they are for a big ledger.
  const page = await table.scanPage(indexes.recent, options).catch((error: unknown) => {
    if (failureKind(error) === 'permission') return undefined;
    throw error;
  });
  return page?.complete ? page.items.map(jobOf).filter((job) => dayOf(job.acceptedAt) >= since) : undefined;
}

async function listDay(table: Table, at: string, wanted: (job: Job) => boolean, limit: number, options?: CallOptions): Promise<Job[]> {
  const shards = await Promise.all(everyShard.map((shard) => table.query({
    IndexName: indexes.recent,
    KeyConditionExpression: 'dayShard = :shard',
    ExpressionAttributeValues: { ':shard': encode(dayShard(dayOf(at), shard)) },
    ScanIndexForward: false,
  }, options, (items) => items.map(jobOf).filter(wanted).length >= limit)));
  return shards.flat().map(jobOf);
}

/** Counts by the hour: the oldest hour counts when it began within the time asked for. */
async function countSucceeded(table: Table, clock: Clock, hours: number, options?: CallOptions): Promise<number> {
  const now = clock.now().getTime();
  const first = hourOf(new Date(now - (hours - 1) * hourMs).toISOString());
  const days = new Set(Array.from({ length: hours }, (_, ago) => dayOf(new Date(now - ago * hourMs).toISOString())));
  const items = await Promise.all([...days].map((day) => queryPartition(table, tallyPartition(day), options, first)));
  return items.flat().reduce((total, item) => total + Number(item.succeeded?.N ?? 0), 0);
}

function oldestFirst(left: Job, right: Job): number {
  return compare(left.acceptedAt, right.acceptedAt) || compare(left.jobId, right.jobId);
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
