import { createHash } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { OperationEvent } from '../../../src/core/operation.js';
import type { RunningWorld, WorldSnapshot } from '../../../src/sandbox/assemble-world.js';
import { AwsError, type Operation } from '../../../src/sandbox/service.js';
import { createVirtualClock, type VirtualClock } from '../../../src/sandbox/virtual-clock.js';
import { observe } from '../../../src/workflow/observe.js';
import { app, makeWorld, operatorIn, partSizes, type Deployed } from './deployed-world.js';
import { chance, diceFor } from './dice.js';
import { checkFinalState, jobRows } from './final-checks.js';
import { createFunctions } from './functions.js';
import { makeInputFile, type InputFile } from './input-files.js';
import { calm, createConnection, type NetworkOptions, type Weather } from './network.js';
import { createOperatorMachine, type OperatorMachine } from './operator-machine.js';
import { startOperator, type CommandEnd, type OperatorProcess } from './operator.js';
import type { Action, CrashPoint, MoveAction, Schedule } from './schedule.js';
import { bindProcess } from './virtual-process.js';
import { attachWitness, type Violation, type Witness } from './witness.js';

export interface RunReport {
  seed: number;
  violations: Violation[];
  digest: string;
  /** What the run went through, for the statistics: how commands ended, how often services were called. */
  ends: string[];
  calls: number;
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
    this.clock = createVirtualClock({ startAt: deployed.at });
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
    await this.world.restore(JSON.parse(this.deployed.snapshot) as WorldSnapshot);
    await this.world.start();
    for (const action of this.schedule.actions) this.clock.after(action.atMs, () => this.perform(action));
    await this.clock.advance(this.schedule.endMs);
    await this.settle();
    await this.judge();
    const report = {
      seed: this.schedule.seed, violations: this.witness.violations, digest: this.witness.digest(), ends: this.ends, story: this.story,
      calls: [...this.witness.counts.values()].reduce((sum, count) => sum + count, 0),
      virtualSeconds: Math.round((this.clock.now() - this.deployed.at) / 1000),
    };
    await this.world.stop();
    return report;
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
      end = await this.operator(computer, `resume ${index}`, takeover.crash).resume();
      this.ended('resume', end);
    }
  }

  private async resume(computer: OperatorMachine, what: string): Promise<void> {
    this.ended(what, await this.operator(computer, what).resume());
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
    const writes = operator.requests.filter((request) => !isReading(request));
    if (writes.length > 0) this.witness.blame('a dry run changes nothing', writes.join(', '));
  }

  /** All is healed; operators finish what was left, as the tool tells them to, until nothing is left. */
  private async settle(): Promise<void> {
    const { deployment } = this.deployed;
    this.note('SETTLE');
    this.settled = true;
    this.world.faults.clear();
    const ends = Promise.all([...this.underWay]);
    const patience = await this.clock.runUntil(Promise.race([ends.then(() => 'ended'), this.clock.sleep(15 * 60_000).then(() => 'waiting')]));
    if (patience === 'waiting') this.witness.blame('every command ends', `${this.underWay.size} commands had not ended 15 minutes after everything was healed`);
    for (let round = 0; round < settleRounds; round += 1) {
      await this.clock.runUntil(this.bringHome(round));
      const open = await this.unsettled();
      if (open.length === 0 && await this.clock.runUntil(this.atRest(deployment))) return;
      this.note(`round ${round}: ${open.join(', ')}`);
      await this.clock.advance(open.some((each) => each.endsWith('SENDING')) ? 5 * 60_000 : 61_000);
    }
  }

  private async bringHome(round: number): Promise<void> {
    const { deployment } = this.deployed;
    const computer = this.computer(`last operator ${round}`);
    const look = this.operator(computer, `look ${round}`);
    const snapshot = await observe(look.read, deployment, { probeTimeoutMs: 3000 });
    const control = this.witness.controls.at(-1);
    const unfinished = await this.operator(computer, `finish ${round}`).resume();
    this.ended('last resume', unfinished);
    if (unfinished.kind === 'nothing-to-do' || unfinished.kind === 'refused') {
      const to = control?.phase === 'draining' ? deployment.other : control?.activeRegion ?? deployment.home;
      const end = await this.operator(computer, `repair ${round}`).move({ command: 'failover', to: control?.activeRegion ?? to, mode: 'auto', onDrainDeadline: 'redrive' });
      this.ended('last repair', end);
    }
    if (snapshot.work.known && round > 1 && (snapshot.work.value.failed.length > 0)) await this.redrive(`last ${round}`);
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

  /** Inputs whose event is still on its way have no row yet. */
  private async atRest(deployment: Deployed['deployment']): Promise<boolean> {
    const snapshot = await observe(this.operator(this.computer('onlooker'), 'rest').read, deployment, { probeTimeoutMs: 3000 });
    return snapshot.routing.arc?.known === true && !snapshot.routing.arc.value.disagree;
  }

  private async judge(): Promise<void> {
    const { deployment } = this.deployed;
    const onlooker = this.operator(this.computer('judge'), 'judge');
    const snapshot = await this.clock.runUntil(observe(onlooker.read, deployment, { probeTimeoutMs: 3000 }));
    await this.clock.runUntil(checkFinalState({
      world: this.world, deployment, witness: this.witness, sent: this.sent, acknowledged: this.acknowledged, snapshot, texts: this.texts,
    }));
  }
}

function isReading(request: string): boolean {
  if (/\.(Get|Describe|List|Query|BatchGet)\w*$/.test(request)) return true;
  if (/^(GET|HEAD) /.test(request)) return true;
  // The observer only looks, and CloudWatch is asked by POST.
  return /^POST lambda\.[^/]+\/2015-03-31\/functions\/[^/]*observe\/invocations$/.test(request);
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

export function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}

export { operatorIn };
