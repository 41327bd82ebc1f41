import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { findDrift } from '../../../src/core/drift.js';
import type { OperationEvent } from '../../../src/core/operation.js';
import type { Snapshot } from '../../../src/core/snapshot.js';
import type { RunningWorld, WorldSnapshot } from '../../../src/sandbox/assemble-world.js';
import { AwsError, type Operation } from '../../../src/sandbox/service.js';
import { createVirtualClock, type VirtualClock } from '../../../src/sandbox/virtual-clock.js';
import { observe } from '../../../src/workflow/observe.js';
import { app, makeWorld, partSizes, type Deployed } from './deployed-world.js';
import { chance, diceFor } from './dice.js';
import { checkFinalState, jobRows } from './final-checks.js';
import { createFunctions } from './functions.js';
import { makeInputFile, type InputFile } from './input-files.js';
import { calm, createConnection, type NetworkOptions, type Weather } from './network.js';
import { createOperatorMachine, type OperatorMachine } from './operator-machine.js';
import { startOperator, type CommandEnd, type OperatorProcess } from './operator.js';
import type { Action, CrashPoint, MoveAction, Schedule } from './schedule.js';
import { settle } from './settle.js';
import { bindProcess } from './virtual-process.js';
import { attachWitness, type Violation, type Witness } from './witness.js';

export interface RunReport {
  seed: number;
  violations: Violation[];
  digest: string;
  /** What the run went through, for the statistics: how commands ended, how often services were called. */
  ends: string[];
  calls: number;
  counts: ReadonlyMap<string, number>;
  virtualSeconds: number;
  /** Told as it happened, when asked for. */
  story: string[];
}

const requestTimeoutMs = 5000;
const settleRounds = 14;

/** Plays one schedule against the whole product and judges what became of it. */
export async function simulate(schedule: Schedule, deployed: Deployed, tell?: (line: string) => void): Promise<RunReport> {
  const run = new Run(schedule, deployed, tell);
  return run.play();
}

/** A class because everything in a run shares its world, clock and witness; it lives for one run. */
class Run {
  private readonly clock: VirtualClock;
  private readonly world: RunningWorld;
  private readonly witness: Witness;
  private readonly network: NetworkOptions;
  private readonly computers: OperatorMachine[] = [];
  private readonly sent = new Map<string, InputFile>();
  private readonly acknowledged: { key: string; versionId: string }[] = [];
  private readonly texts: string[] = [];
  private readonly underWay = new Set<Promise<void>>();
  private readonly ends: string[] = [];
  private readonly story: string[] = [];
  private settled = false;

  constructor(private readonly schedule: Schedule, private readonly deployed: Deployed, private readonly tell?: (line: string) => void) {
    const { seed } = schedule;
    this.clock = createVirtualClock({ startAt: deployed.at, settle });
    bindProcess(this.clock, diceFor(seed, 'process'));
    this.network = { world: () => this.world, clock: this.clock, weather: () => this.weather(), requestTimeoutMs };
    const runtime = createFunctions({
      app, clock: this.clock, network: this.network, world: () => this.world, environment: partSizes,
      dice: (purpose) => diceFor(seed, purpose),
      killChance: () => (this.settled ? 0 : schedule.killChance),
      onLine: (line) => { this.texts.push(line); this.note(line); },
    });
    this.world = makeWorld({
      clock: this.clock, random: diceFor(seed, 'world'), runtime,
      tuning: {
        lambda: { duplicateChance: schedule.duplicateChance }, events: { duplicateChance: schedule.duplicateChance },
        dynamoDb: { writeLatencyMs: 15, conflictWindowMs: 30, indexDelayMs: 150 },
      },
      onLog: (region, source, line) => this.note(`${region} ${source} ${line}`),
    });
    this.witness = attachWitness({
      world: this.world, deployment: deployed.deployment, startedAt: deployed.at,
      control: { epoch: 1, activeRegion: deployed.deployment.home, phase: 'active', operationId: undefined },
      journalSays: (operationId, type, step) => this.computers.some((computer) => computer.operations.get(operationId)?.some((event) => event.type === type && 'step' in event && event.step === step)),
    });
    roughen(this.world, schedule, () => this.settled);
  }

  async play(): Promise<RunReport> {
    await this.world.restore(this.beginning());
    await this.world.start();
    for (const action of this.schedule.actions) this.clock.after(action.atMs, () => this.perform(action));
    await this.clock.advance(this.schedule.endMs);
    await this.judge(await this.settle());
    const report = {
      seed: this.schedule.seed, violations: this.witness.violations, digest: this.witness.digest(), ends: this.ends, story: this.story, counts: this.witness.counts,
      calls: [...this.witness.counts.values()].reduce((sum, count) => sum + count, 0),
      virtualSeconds: Math.round((this.clock.now() - this.deployed.at) / 1000),
    };
    await this.world.stop();
    return report;
  }

  /** What looks and proves each minute costs more than all else and moves no job: most runs do without. */
  private beginning(): WorldSnapshot {
    const snapshot = JSON.parse(this.deployed.snapshot) as WorldSnapshot;
    const { canaries, observers } = this.schedule;
    const scheduler = snapshot.services['scheduler'] as { schedules: { name: string }[] };
    scheduler.schedules = scheduler.schedules.filter(({ name }) => (canaries || !name.endsWith('-canary')) && (observers || !name.endsWith('-observe')));
    return snapshot;
  }

  private weather(): Weather {
    if (this.settled) return calm;
    const { mostLatencyMs, lostRequestChance, lostAnswerChance } = this.schedule;
    return { leastLatencyMs: 1, mostLatencyMs, lostRequestChance, lostAnswerChance };
  }

  private note(line: string): void {
    this.tell?.(`${((this.clock.now() - this.deployed.at) / 1000).toFixed(3)} ${line}`);
  }

  private perform(action: Action): void {
    const { faults } = this.world;
    this.note(`ACTION ${JSON.stringify(action)}`);
    switch (action.kind) {
      case 'upload': return this.follow(this.upload(action));
      case 'region': return faults.setRegion(action.region, action.state);
      case 'arc-endpoint': return faults.setArcEndpoint(action.region, action.state);
      case 'service': return faults.setService(action.name, action.region, action.state);
      case 'replication': return faults.setReplication(action.from, action.to, action.state);
      case 'move': return this.follow(this.move(action));
      case 'resume': return this.follow(this.resume(this.computer('somebody'), 'resume'));
      case 'redrive': return this.follow(this.redrive('redrive'));
      case 'dry-run': return this.follow(this.dryRun(action.to));
    }
  }

  private follow(work: Promise<void>): void {
    const followed = work.catch((error: unknown) => {
      this.witness.blame('nothing breaks', error instanceof Error ? error.stack ?? error.message : String(error));
    }).finally(() => this.underWay.delete(followed));
    this.underWay.add(followed);
  }

  /** Somebody puts a file, and tries again until it is told that it stands. */
  private async upload(action: Extract<Action, { kind: 'upload' }>): Promise<void> {
    const { deployment } = this.deployed;
    const dice = diceFor(this.schedule.seed, `file ${action.atMs} ${action.key}`);
    const file = makeInputFile(dice, action.shape, action.rows, dice.hex(4));
    this.sent.set(file.text, file);
    const caller = { name: 'uploader', dead: false };
    const throughAccessPoint = action.by === 'access-point';
    const client = new S3Client({
      region: throughAccessPoint ? deployment.home : action.by, requestHandler: createConnection(this.network, caller, dice), maxAttempts: 2,
      credentials: this.world.iam.operatorKeys(),
    });
    const Bucket = throughAccessPoint ? deployment.mrap.arn : deployment.regions[action.by]?.bucket;
    for (let attempt = 0; attempt < 5; attempt += 1) {
      try {
        const answer = await client.send(new PutObjectCommand({ Bucket, Key: action.key, Body: file.text, ContentType: 'text/csv' }));
        this.acknowledged.push({ key: action.key, versionId: answer.VersionId ?? '' });
        return;
      } catch (error) {
        this.note(`upload of ${action.key}: ${String(error)}`);
        await this.clock.sleep(2000);
      }
    }
  }

  private computer(name: string): OperatorMachine {
    const machine = createOperatorMachine(name);
    this.computers.push(machine);
    return machine;
  }

  private operator(machine: OperatorMachine, purpose: string, crash?: CrashPoint): OperatorProcess {
    return startOperator(`${machine.name} (${purpose})`, machine, {
      deployment: this.deployed.deployment, network: this.network, dice: diceFor(this.schedule.seed, `operator ${this.computers.length} ${purpose}`),
      onEvent: (event) => this.heard(machine, event),
    }, crash);
  }

  private heard(machine: OperatorMachine, event: OperationEvent): void {
    if (event.type === 'step-progress') return;
    this.note(`${machine.name}: ${JSON.stringify(event).slice(0, 400)}`);
    this.texts.push(JSON.stringify(event));
  }

  private async move(action: MoveAction): Promise<void> {
    let computer = this.computer(`operator ${action.atMs}`);
    let end = await this.operator(computer, 'move', action.crash).move(action);
    this.ended(action.command, end);
    for (const [index, takeover] of action.takeovers.entries()) {
      if (end.kind !== 'crashed') return;
      await this.clock.sleep(takeover.afterMs);
      if (this.settled) return;
      if (takeover.where === 'elsewhere') computer = this.computer(`${computer.name}, elsewhere`);
      end = await this.operator(computer, `resume ${index}`, takeover.crash).resume(takeover.where === 'same-computer');
      this.ended('resume', end);
    }
  }

  private async resume(computer: OperatorMachine, what: string): Promise<void> {
    this.ended(what, await this.operator(computer, what).resume(false));
  }

  private ended(command: string, end: CommandEnd): void {
    const told = end.kind === 'result' ? end.result.outcome : end.kind === 'refused' ? end.code : end.kind;
    this.ends.push(`${command}: ${told}`);
    this.note(`${command} ended: ${end.kind === 'refused' ? `${end.code} ${end.message}` : told}`);
    if (end.kind === 'broken') this.witness.blame('nothing breaks', `${command}: ${end.error instanceof Error ? end.error.stack ?? end.error.message : String(end.error)}`);
  }

  private async redrive(purpose: string): Promise<void> {
    try {
      const outcomes = await this.operator(this.computer('redriver'), purpose).redriveAll();
      for (const outcome of outcomes) this.note(`redrive ${JSON.stringify(outcome)}`);
    } catch (error) {
      // The ledger may be out of reach just now; whoever redrives tries again later.
      this.note(`redrive: ${String(error)}`);
    }
  }

  private async dryRun(to: string): Promise<void> {
    const operator = this.operator(this.computer('curious'), 'dry run');
    await operator.dryRun(to);
    if (operator.writes.length > 0) this.witness.blame('a dry run changes nothing', operator.writes.join(', '));
  }

  /** All is healed; operators finish what was left, as the tool tells them to, until nothing is left. */
  private async settle(): Promise<Snapshot> {
    const { deployment } = this.deployed;
    this.note('SETTLE');
    this.settled = true;
    this.world.faults.clear();
    const ends = Promise.all([...this.underWay]);
    const patience = await this.clock.runUntil(Promise.race([ends.then(() => 'ended'), this.clock.sleep(15 * 60_000).then(() => 'waiting')]));
    if (patience === 'waiting') this.witness.blame('every command ends', `${this.underWay.size} commands had not ended 15 minutes after everything was healed`);
    for (let round = 0; round < settleRounds; round += 1) {
      const computer = this.computer(`last operator ${round}`);
      const unfinished = await this.clock.runUntil(this.operator(computer, `finish ${round}`).resume(true));
      if (unfinished.kind !== 'nothing-to-do') this.ended('last resume', unfinished);
      const onlooker = this.operator(computer, `look ${round}`);
      const snapshot = await this.clock.runUntil(observe(onlooker.read, deployment, { probeTimeoutMs: 3000 }));
      const open = await this.unsettled();
      // An input that replication gave up stays where it is; that it is parked and named is all that can be done.
      const stuck = round > 2 && open.every((each) => each.endsWith('PARKED'));
      if ((open.length === 0 || stuck) && atRest(snapshot)) return snapshot;
      this.note(`round ${round}: ${open.join(', ')} ${JSON.stringify(snapshot.routing)}`);
      if (!atRest(snapshot)) await this.clock.runUntil(this.repair(round, snapshot));
      if (open.some((each) => each.endsWith('FAILED'))) await this.clock.runUntil(this.redrive(`last ${round}`));
      // Some things are given up on only after a quarter of an hour, and that is spent asleep: it costs nothing.
      if (round > 0 && atRest(snapshot)) await this.night();
      await this.clock.advance(61_000);
    }
    const judge = this.operator(this.computer('judge'), 'judge');
    return this.clock.runUntil(observe(judge.read, deployment, { probeTimeoutMs: 3000 }));
  }

  /** What the tool advises: the move that the ledger names, made again, repairs what disagrees with it. */
  private async repair(round: number, snapshot: Snapshot): Promise<void> {
    const control = snapshot.ledgers[this.deployed.deployment.home];
    if (!control?.known || !control.value) return;
    const to = control.value.drainingTo ?? control.value.activeRegion;
    const end = await this.operator(this.computer(`repairer ${round}`), `repair ${round}`).move({ command: 'failover', to, mode: 'auto', onDrainDeadline: 'redrive' });
    if (end.kind !== 'nothing-to-do') this.ended('last repair', end);
  }

  /** Both Regions sleep for sixteen minutes: nothing computes, nothing is delivered, and then all goes on. */
  private async night(): Promise<void> {
    const { faults } = this.world;
    const regions = [this.deployed.deployment.home, this.deployed.deployment.other];
    for (const region of regions) faults.setRegion(region, 'down');
    await this.clock.advance(16 * 60_000);
    for (const region of regions) faults.setRegion(region, 'up');
  }

  /** Jobs that are not at their end, as `key status`. Refused files fail again however often they are started. */
  private async unsettled(): Promise<string[]> {
    const rows = await this.clock.runUntil(jobRows(this.world, this.deployed.deployment));
    const open: string[] = [];
    for (const row of rows.values()) {
      const [status, notification] = [String(row['status']), String(row['notification'])];
      if (String(row['key']).startsWith('canary/')) continue;
      const error = row['error'] as { code?: string } | undefined;
      if (status === 'FAILED' && ['EMPTY_FILE', 'WRONG_HEADER', 'NO_ROWS'].includes(error?.code ?? '')) continue;
      if (status === 'SUCCEEDED' && ['SENT', 'UNCERTAIN'].includes(notification)) continue;
      open.push(`${String(row['key'])} ${status === 'SUCCEEDED' ? notification : status}`);
    }
    return open;
  }

  private judge(snapshot: Snapshot): Promise<void> {
    return this.clock.runUntil(checkFinalState({
      world: this.world, deployment: this.deployed.deployment, witness: this.witness, sent: this.sent, acknowledged: this.acknowledged, snapshot, texts: this.texts,
    }));
  }
}

/** Nothing disagrees, nobody holds the lock. */
function atRest(snapshot: Snapshot): boolean {
  const { arc, mrap } = snapshot.routing;
  return arc?.known === true && !arc.value.disagree && mrap.known && findDrift(snapshot).length === 0 && snapshot.lock.known && snapshot.lock.value === null;
}

/** What AWS may do at any time and mostly does not: short pages, write conflicts, replication that fails for good. */
function roughen(world: RunningWorld, schedule: Schedule, settled: () => boolean): void {
  const dice = diceFor(schedule.seed, 'rough');
  const change = (service: string, operation: string, wrap: (original: Operation) => Operation): void => {
    const operations = world.services.get(service)?.operations;
    const original = operations?.[operation];
    if (!operations || !original) throw new Error(`the world has no ${service}:${operation}`);
    operations[operation] = wrap(original);
  };
  if (schedule.smallPages) {
    const shorter = (member: string, most: number) => (original: Operation): Operation => (input: Record<string, unknown>, call) => original({ ...input, [member]: Math.min(Number(input[member] ?? Infinity), most) }, call);
    change('dynamodb', 'Query', shorter('Limit', 2));
    change('states', 'ListExecutions', shorter('maxResults', 1));
    change('s3', 'ListObjectsV2', shorter('MaxKeys', 2));
  }
  if (schedule.conflictChance > 0) {
    for (const operation of ['PutItem', 'UpdateItem', 'DeleteItem']) {
      change('dynamodb', operation, (original) => async (input, call) => {
        if (!settled() && chance(dice, schedule.conflictChance)) throw new AwsError('ReplicatedWriteConflictException', 'One or more items in this request are being modified by a request in another Region.');
        return original(input, call) as Promise<unknown>;
      });
    }
  }
  if (schedule.replicationFailureChance > 0) {
    change('s3', 'ReplicateObject', (original) => async (input, call) => {
      if (!settled() && chance(dice, schedule.replicationFailureChance)) throw new AwsError('AccessDenied', 'Access Denied', { status: 403 });
      return original(input, call) as Promise<unknown>;
    });
  }
}
