import type { ControlItem, OperationLock } from '../core/control.js';
import { describeFailure, failureKind } from '../core/failure.js';
import type { Job } from '../core/job.js';
import { epochOfExecution } from '../core/layout.js';
import { known, mapObserved, unknown, type Observed } from '../core/observation.js';
import type { SafetyRule } from '../core/safety-rules.js';
import type { ArcView, CanaryView, OpenWork, ProbeResult, RegionProbes, RoutingState, Snapshot, Zombie } from '../core/snapshot.js';
import { controlOf } from '../core/view.js';
import { forEachLimited } from './concurrency.js';
import { firstAnswerInTurn } from './first-answer.js';
import type { CallOptions } from './call-options.js';
import type { LedgerReader, Standing } from './ledger-ports.js';
import type { ReadPorts } from './ports.js';

/** The little that observing must know of a deployment. */
export interface ObservationTarget {
  name: string;
  home: string;
  other: string;
  /** What its ARC safety rules demand, where the deployment file tells. */
  arc?: { assertionRules?: SafetyRule[] } | null;
  /** Set by whoever runs inside one of the two Regions. */
  standsIn?: string;
}

export interface ObserveOptions {
  /** Each probe's own deadline; nothing waits for a dead Region longer than this. */
  probeTimeoutMs?: number;
  signal?: AbortSignal;
}

const refusalsLookbackMs = 24 * 3_600_000;
const concurrentHeads = 64;
/** After this many look-ups in a row that got no answer, the rest of that Region's are not tried. */
const headsBeforeGivingUp = 8;

/**
 * One look at everything, all of it in parallel, each part with its own deadline. Never throws for what it could not
 * see: each failure becomes an unknown with its reason.
 */
export async function observe(ports: ReadPorts, target: ObservationTarget, options: ObserveOptions = {}): Promise<Snapshot> {
  const call: CallOptions = { timeoutMs: options.probeTimeoutMs ?? 3000, ...(options.signal ? { signal: options.signal } : {}) };
  const regions: [string, string] = [target.home, target.other];
  const look = <T>(seenFrom: string, read: () => Promise<T>): Promise<Observed<T>> => observed(ports, seenFrom, read);
  const perRegion = async <T>(read: (region: string) => Promise<T>): Promise<Record<string, T>> => Object.fromEntries(
    await Promise.all(regions.map(async (region) => [region, await read(region)] as const)),
  );
  const fromLedger = <T>(read: (ledger: LedgerReader) => Promise<T>): Promise<Observed<T>> => look('ledger', () => fromEitherReplica(ports, regions, read));
  const standings = regions.map((region) => look(region, () => ledgerOf(ports, region).readStanding(regions, call)));
  const standing = firstKnown(standings);

  const [standingOf, { lock, canaries, versions }, arc, mrap, probes, work, { replication, headroom, activity }, succeeded, operations, claimed, refusedCommits] = await Promise.all([
    Promise.all(standings),
    standing.then((seen) => partsOf(seen, regions)),
    ports.routingControls ? observeArc(ports, call) : Promise.resolve(null),
    observeDials(ports, call),
    observeProbes(ports, regions, standing, call),
    observeWork(ports, regions, call),
    ports.metrics.read(regions, call),
    fromLedger((ledger) => ledger.countSucceeded(24, call)),
    fromLedger((ledger) => ledger.listOperations(20, call)),
    perRegion((region) => look(region, () => listClaimedExecutions(ports, region, call))),
    fromLedger((ledger) => ledger.listRefusedCommits(new Date(ports.clock.now().getTime() - refusalsLookbackMs).toISOString(), call)),
  ]);

  const observedAt = ports.clock.now().toISOString();
  const ledgers = Object.fromEntries(standingOf.map((seen, index) => [regions[index] ?? '', mapObserved(seen, ({ control }): ControlItem | null => control ?? null)]));
  const control = controlOf({ ledgers, observedAt });
  const epoch = control.known ? control.value?.epoch : undefined;
  const finished = operations.known ? operations.value.filter((operation) => operation.finishedAt && operation.outcome?.startsWith('done')) : [];
  const snapshot: Snapshot = {
    deployment: target.name,
    ...(target.standsIn === undefined ? {} : { standsIn: target.standsIn }),
    observedAt,
    homeRegion: target.home,
    regions,
    ledgers,
    lock,
    routing: { arc, ...mrap, safetyRules: target.arc?.assertionRules ?? [] },
    probes,
    work,
    replication: Object.fromEntries(replication.map((view) => [`${view.from}->${view.to}`, view])),
    headroom,
    canaries,
    activity,
    versions: Object.fromEntries(regions.map((region) => [region, versionOf(versions, region)])),
    succeededLast24h: succeeded,
    zombies: Object.fromEntries(regions.map((region) => [region, zombiesOf(claimed[region], epoch, region, observedAt)])),
    refusedCommits,
    lastMoveAt: operations.known ? { ...operations, value: finished[0]?.finishedAt ?? null } : operations,
    pastMoveSeconds: operations.known ? { ...operations, value: finished.flatMap((operation) => operation.rtoSeconds ?? []) } : operations,
  };
  return snapshot;
}

/** Of two replicas, what the first to answer said; when neither did, why the first one could not. */
async function firstKnown(answers: Promise<Observed<Standing>>[]): Promise<Observed<Standing>> {
  const refused = (answer: Observed<Standing>): Observed<Standing> => {
    if (!answer.known) throw new Error(answer.reason);
    return answer;
  };
  const seen = await Promise.any(answers.map(async (answer) => refused(await answer))).catch(async () => (await Promise.all(answers))[0]);
  return { ...(seen as Observed<Standing>), seenFrom: 'ledger' };
}

function partsOf(standing: Observed<Standing>, regions: readonly string[]) {
  return {
    lock: mapObserved(standing, ({ lock }): OperationLock | null => lock ?? null),
    versions: mapObserved(standing, ({ versions }) => versions),
    canaries: Object.fromEntries(regions.map((region) => [region, mapObserved(standing, ({ canaries }): CanaryView | null => canaries[region] ?? null)])),
  };
}

/** The second replica only when the first is slow or fails: asking both would double the work of every look. */
function fromEitherReplica<T>(ports: ReadPorts, [first, second]: readonly [string, string], read: (ledger: LedgerReader) => Promise<T>): Promise<T> {
  return firstAnswerInTurn(ports.clock, () => read(ledgerOf(ports, first)), () => read(ledgerOf(ports, second)));
}

/** Enough to show that there are some; an operation that stops them reads on. */
const executionsLookedAt = 1000;

async function listClaimedExecutions(ports: ReadPorts, region: string, call: CallOptions): Promise<Zombie[]> {
  const executions: Zombie[] = [];
  let looked = 0;
  for await (const { name, executionArn } of ports.executions[region]?.listRunning(call) ?? []) {
    const epoch = epochOfExecution(name);
    if (epoch !== undefined) executions.push({ name, executionArn, epoch });
    looked += 1;
    if (looked >= executionsLookedAt) break;
  }
  return executions;
}

function zombiesOf(claimed: Observed<Zombie[]> | undefined, epoch: number | undefined, region: string, at: string): Observed<Zombie[]> {
  if (!claimed) return unknown('not asked', at, region);
  if (epoch === undefined) return unknown('the epoch is not known', at, region);
  return mapObserved(claimed, (executions) => executions.filter((execution) => execution.epoch < epoch));
}

export function ledgerOf(ports: Pick<ReadPorts, 'ledgers'>, region: string): LedgerReader {
  const ledger = ports.ledgers[region];
  if (!ledger) throw new Error(`the deployment has no Region ${region}`);
  return ledger;
}

async function observed<T>(ports: ReadPorts, seenFrom: string, read: () => Promise<T>): Promise<Observed<T>> {
  try {
    return known(await read(), ports.clock.now().toISOString(), seenFrom);
  } catch (error) {
    return unknown(describeFailure(error), ports.clock.now().toISOString(), seenFrom, failureKind(error));
  }
}

async function observeArc(ports: ReadPorts, call: CallOptions): Promise<Observed<ArcView>> {
  const controls = ports.routingControls;
  const at = (): string => ports.clock.now().toISOString();
  if (!controls) return unknown('the deployment has no ARC cluster', at(), 'operator');
  const answers = await Promise.all(controls.endpointRegions.map(async (region) => [region, await observed(ports, region, () => controls.readStates(region, call))] as const));
  const answered = answers.flatMap(([, answer]) => (answer.known ? [answer.value] : []));
  if (answered.length === 0) {
    const reasons = answers.map(([region, answer]) => `${region}: ${answer.known ? '' : answer.reason}`);
    return unknown(`none of ${answers.length} endpoints answered (${reasons.join('; ')})`, at(), 'operator');
  }
  return known({ endpoints: Object.fromEntries(answers), ...majority(answered), answering: answered.length }, at(), 'operator');
}

/** All five are asked: how many answer is evidence of its own, and any one of them knows the dials. */
async function observeDials(ports: ReadPorts, call: CallOptions): Promise<Pick<Snapshot['routing'], 'mrap' | 'mrapControl'>> {
  const { controlRegions } = ports.trafficDials;
  const answers = await Promise.all(controlRegions.map((region) => observed(ports, region, () => ports.trafficDials.readDialsAt(region, call))));
  const silent = Object.fromEntries(answers.flatMap((answer, index) => (answer.known ? [] : [[controlRegions[index] ?? '', answer.reason]])));
  const answered = answers.find((answer) => answer.known);
  const mrap = answered ?? unknown(`no control Region answered (${Object.entries(silent).map(([region, why]) => `${region}: ${why}`).join('; ')})`, ports.clock.now().toISOString(), 'operator');
  return { mrap: { ...mrap, seenFrom: 'operator' }, mrapControl: { asked: controlRegions.length, answering: answers.filter((answer) => answer.known).length, silent } };
}

/** What most endpoints say. They may disagree for up to 15 s after a change, and that is no fault. */
export function majority(answers: Record<string, RoutingState>[]): { states: Record<string, RoutingState>; disagree: boolean } {
  const states: Record<string, RoutingState> = {};
  let disagree = false;
  for (const region of new Set(answers.flatMap((answer) => Object.keys(answer)))) {
    const said = answers.map((answer) => answer[region]).filter((state) => state !== undefined);
    const on = said.filter((state) => state === 'On').length;
    states[region] = on * 2 > said.length ? 'On' : 'Off';
    disagree ||= on !== 0 && on !== said.length;
  }
  return { states, disagree };
}

async function observeProbes(ports: ReadPorts, regions: [string, string], standing: Promise<Observed<Standing>>, call: CallOptions): Promise<Record<string, RegionProbes>> {
  const own = Object.fromEntries(regions.map((region) => [region, ports.probes[region]?.probe(call) ?? Promise.resolve([])]));
  const entries = await Promise.all(regions.map(async (region): Promise<[string, RegionProbes]> => {
    const other = regions[0] === region ? regions[1] : regions[0];
    const [fromOperator, fromOtherRegion, history] = await Promise.all([
      own[region] ?? [],
      observed(ports, other, () => askObserver(ports, other, own[other] ?? Promise.resolve([]), call)),
      standing.then((seen) => mapObserved(seen, ({ histories }) => histories[region] ?? [])),
    ]);
    return [region, { fromOperator, fromOtherRegion, history }];
  }));
  return Object.fromEntries(entries);
}

/** A second vantage is worth a moment more than our own probes may take; its own probes end well before. */
const observerGraceMs = 1000;

/** A Region that answers none of our own probes is not waited for any longer: its observer will not answer either. */
async function askObserver(ports: ReadPorts, seenFrom: string, ownProbes: Promise<ProbeResult[]>, call: CallOptions): Promise<ProbeResult[]> {
  const silent = ownProbes.then((results) => {
    if (results.length === 0 || results.some((result) => result.ok)) return new Promise<never>(() => {});
    throw new Error(`${seenFrom} answers no probe of this host`);
  });
  return Promise.race([ports.observer.probeFrom(seenFrom, { ...call, timeoutMs: (call.timeoutMs ?? 3000) + observerGraceMs }), silent]);
}

async function observeWork(ports: ReadPorts, regions: [string, string], call: CallOptions): Promise<Observed<OpenWork>> {
  const listed = await observed(ports, 'ledger', () => fromEitherReplica(ports, regions, (ledger) => ledger.listUnsettled(call)));
  if (!listed.known) return listed;
  const presence = await Promise.all(regions.map(async (region) => [region, await lookUpPresence(ports, region, listed.value.open, call)] as const));
  return { ...listed, value: { ...listed.value, presence: Object.fromEntries(presence) } };
}

/** HEADs in `region` what no row stamps as present there. */
async function lookUpPresence(ports: ReadPorts, region: string, jobs: Job[], call: CallOptions): Promise<Record<string, Observed<boolean>>> {
  const presence: Record<string, Observed<boolean>> = {};
  const objects = ports.objects[region];
  if (!objects) return presence;
  let unanswered = 0;
  await forEachLimited(jobs.filter((job) => !job.presentIn[region]), concurrentHeads, async (job) => {
    if (unanswered >= headsBeforeGivingUp) {
      presence[job.jobId] = unknown(`${region} does not answer`, ports.clock.now().toISOString(), 'operator');
      return;
    }
    const answer = await observed(ports, 'operator', async () => (await objects.head(job.key, job.versionId, call)) !== undefined);
    unanswered = answer.known ? 0 : unanswered + 1;
    presence[job.jobId] = answer;
  });
  return presence;
}

function versionOf(versions: Observed<Record<string, string>>, region: string): Observed<string> {
  if (!versions.known) return versions;
  const version = versions.value[region];
  return version ? { ...versions, value: version } : { known: false, reason: `${region} has stamped no code version yet`, at: versions.at, seenFrom: versions.seenFrom };
}

