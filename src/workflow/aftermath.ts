import type { Aftermath, MissingItem } from '../core/aftermath.js';
import { describeFailure } from '../core/failure.js';
import { jobIdOf } from '../core/job.js';
import { epochOfExecution, prefixes } from '../core/layout.js';
import { known, unknown, type Observed } from '../core/observation.js';
import { foldOperation, resultOf, type OperationView } from '../core/operation-fold.js';
import type { OperationEvent } from '../core/operation.js';
import type { Zombie } from '../core/snapshot.js';
import { forEachLimited } from './concurrency.js';
import type { CallOptions } from './call-options.js';
import type { LedgerReader } from './ledger-ports.js';
import type { ObjectFacts, ReadPorts } from './ports.js';

/** Inputs older than this had been re-driven, finished or expired long before the move. */
const lookbackMs = 24 * 3_600_000;
/** An upload that was under way at the flip may still have landed in the old Region this long after the end (S3 Multi-Region Access Points: in-flight operations run to completion). */
const lateUploadsMs = 15 * 60_000;
const concurrentHeads = 32;
const executionsLookedAt = 1000;

/** What became of an operation, seen now. Never throws for what it could not see: that part is unknown, with the reason. */
export async function lookAtAftermath(ports: ReadPorts, events: readonly OperationEvent[], options: CallOptions = {}): Promise<Aftermath> {
  const view = foldOperation(events);
  const observedAt = ports.clock.now().toISOString();
  if (!view) throw new Error('there is no operation in these events');
  const look = <T>(seenFrom: string, see: () => Promise<T>): Promise<Observed<T>> => observed(ports, seenFrom, options.signal, see);
  const anyLedger = <T>(ask: (ledger: LedgerReader) => Promise<T>): Promise<T> => firstAnswer(Object.values(ports.ledgers).map(ask));
  const [jobs, refusedCommits, zombies, missing] = await Promise.all([
    look('ledger', async () => [...(await anyLedger((ledger) => ledger.readJobs(jobIdsOf(view), options))).values()]),
    look('ledger', () => anyLedger((ledger) => ledger.listRefusedCommits(view.startedAt, options))),
    Promise.all(Object.keys(ports.executions).map(async (region) => [region, await look(region, async () => listZombies(ports, region, (await anyLedger((ledger) => ledger.readControl(options)))?.epoch, options))] as const)),
    look(view.plan.from, () => findMissing(ports, view, anyLedger, options)),
  ]);
  return { observedAt, jobs, refusedCommits, zombies: Object.fromEntries(zombies), missing };
}

async function observed<T>(ports: ReadPorts, seenFrom: string, signal: AbortSignal | undefined, see: () => Promise<T>): Promise<Observed<T>> {
  try {
    return known(await see(), ports.clock.now().toISOString(), seenFrom);
  } catch (error) {
    signal?.throwIfAborted();
    return unknown(describeFailure(error), ports.clock.now().toISOString(), seenFrom);
  }
}

/** Both replicas hold the same truth, so whichever answers first will do. */
async function firstAnswer<T>(attempts: Promise<T>[]): Promise<T> {
  try {
    return await Promise.any(attempts);
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  }
}

function jobIdsOf(view: OperationView): string[] {
  const result = view.result ?? resultOf(view, { outcome: 'interrupted', at: view.startedAt, epoch: view.plan.epochAfter, nextSteps: [], refusedCommits: [] });
  return [...new Set([...result.redriven, ...result.parked, ...result.failed, ...result.alreadyDone, ...result.adopted].map((job) => job.jobId))];
}

async function listZombies(ports: ReadPorts, region: string, epochNow: number | undefined, options: CallOptions): Promise<Zombie[]> {
  if (epochNow === undefined) throw new Error('the deployment has no routing');
  const zombies: Zombie[] = [];
  let looked = 0;
  for await (const { name, executionArn } of ports.executions[region]?.listRunning(options) ?? []) {
    const epoch = epochOfExecution(name);
    if (epoch !== undefined && epoch < epochNow) zombies.push({ name, executionArn, epoch });
    looked += 1;
    if (looked >= executionsLookedAt) break;
  }
  return zombies;
}

/** Inputs and outputs of the time of the move that the Region being left holds and the target does not, version by version. */
async function findMissing(ports: ReadPorts, view: OperationView, anyLedger: <T>(ask: (ledger: LedgerReader) => Promise<T>) => Promise<T>, options: CallOptions): Promise<MissingItem[]> {
  const { from, to } = view.plan;
  const [source, target] = [ports.objects[from], ports.objects[to]];
  if (!source || !target) throw new Error(`the deployment has no longer both ${from} and ${to}`);
  const earliest = Date.parse(view.startedAt) - lookbackMs;
  const latest = Date.parse(view.result?.finishedAt ?? ports.clock.now().toISOString()) + lateUploadsMs;
  const candidates: { object: ObjectFacts; kind: MissingItem['kind'] }[] = [];
  for (const kind of ['input', 'output'] as const) {
    for await (const object of source.list(prefixes[kind], { ...options, overwritten: true })) {
      const modified = Date.parse(object.lastModified);
      if (!object.key.endsWith('/') && modified >= earliest && modified <= latest) candidates.push({ object, kind });
    }
  }
  const missing: { object: ObjectFacts; kind: MissingItem['kind'] }[] = [];
  await forEachLimited(candidates, concurrentHeads, async ({ object, kind }) => {
    if (await target.head(object.key, object.versionId, options)) return;
    const facts = await source.head(object.key, object.versionId, options);
    if (facts) missing.push({ object: facts, kind });
  });
  const inputs = missing.filter((each) => each.kind === 'input').map(({ object }) => jobIdOf(object.key, object.versionId));
  const rows = await anyLedger((ledger) => ledger.readJobs(inputs, options));
  return missing.map(({ object, kind }): MissingItem => ({
    key: object.key, versionId: object.versionId, bytes: object.bytes, lastModified: object.lastModified, kind,
    replication: object.replicationStatus ?? null,
    jobStatus: kind === 'input' ? rows.get(jobIdOf(object.key, object.versionId))?.status ?? null : null,
  })).sort((a, b) => (a.key < b.key ? -1 : 1));
}
