import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
// Half of the files come through the access point, which wants them signed for all Regions.
import '@aws-sdk/signature-v4a';
import { failureKind } from '../../../src/core/failure.js';
import type { OperationEvent, OperationResult } from '../../../src/core/operation.js';
import type { Snapshot } from '../../../src/core/snapshot.js';
import type { RunningWorld, WorldSnapshot } from '../../../src/sandbox/assemble-world.js';
import type { Access } from '../../../src/sandbox/iam/access.js';
import type { Service } from '../../../src/sandbox/service.js';
import { createVirtualClock, type VirtualClock } from '../../../src/sandbox/virtual-clock.js';
import { bringHome, type Homecoming } from './bring-home.js';
import { app, makeWorld, partSizes, type Deployed } from './deployed-world.js';
import { takeClientsBack } from './client-pool.js';
import { diceFor } from './dice.js';
import { checkFinalState, tellsSecret } from './final-checks.js';
import { createFunctions } from './functions.js';
import { makeInputFile, type InputFile } from './input-files.js';
import { calm, createConnection, type NetworkOptions, type Weather } from './network.js';
import { createOperatorMachine, type OperatorMachine } from './operator-machine.js';
import { startOperator, type CommandEnd, type OperatorProcess } from './operator.js';
import type { Action, CrashPoint, MoveAction, Schedule } from './schedule.js';
import { roughen } from './rough-edges.js';
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
  /** The results of operations that came to an end, and the last epoch. */
  moves: readonly OperationResult[];
  epoch: number;
  /** Files that were acknowledged. */
  files: number;
  /** Told as it happened, when asked for. */
  story: string[];
}

const requestTimeoutMs = 5000;

/** Who looks on while a run is played. */
export interface Onlookers {
  tell?: (line: string) => void;
  onAccess?: (access: Access) => void;
  /** Told of the world before anything happens in it. */
  onStart?: (world: RunningWorld, clock: VirtualClock) => void;
}

/** Plays one schedule against the whole product and judges what became of it. */
export async function simulate(schedule: Schedule, deployed: Deployed, onlookers: Onlookers = {}): Promise<RunReport> {
  const run = new Run(schedule, deployed, onlookers);
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
  private readonly moves: OperationResult[] = [];
  private readonly story: string[] = [];
  private settled = false;

  constructor(private readonly schedule: Schedule, private readonly deployed: Deployed, private readonly onlookers: Onlookers) {
    const { seed } = schedule;
    const { onAccess } = onlookers;
    this.clock = createVirtualClock({ startAt: deployed.at, settle });
    bindProcess(this.clock, diceFor(seed, 'process'));
    this.network = { world: () => this.world, clock: this.clock, weather: () => this.weather(), requestTimeoutMs };
    const runtime = createFunctions({
      app, clock: this.clock, network: this.network, world: () => this.world, environment: partSizes,
      dice: (purpose) => diceFor(seed, purpose),
      killChance: () => (this.settled ? 0 : schedule.killChance),
      onLine: (line) => { this.hearText(line); this.note(line); },
    });
    this.world = makeWorld({
      clock: this.clock, random: diceFor(seed, 'world'), runtime, ...(onAccess ? { onAccess } : {}),
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
    this.onlookers.onStart?.(this.world, this.clock);
    for (const action of this.schedule.actions) this.clock.after(action.atMs, () => this.perform(action));
    await this.clock.advance(this.schedule.endMs);
    await this.heal();
    await this.judge(await bringHome(this.homecoming()));
    const report = {
      seed: this.schedule.seed, violations: this.witness.violations, digest: this.witness.digest(), ends: this.ends, story: this.story, counts: this.witness.counts,
      calls: [...this.witness.counts.values()].reduce((sum, count) => sum + count, 0),
      virtualSeconds: Math.round((this.clock.now() - this.deployed.at) / 1000),
      moves: this.moves, epoch: this.witness.controls.at(-1)?.epoch ?? 0, files: this.acknowledged.length,
    };
    await this.world.stop();
    takeClientsBack();
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
    this.onlookers.tell?.(`${((this.clock.now() - this.deployed.at) / 1000).toFixed(3)} ${line}`);
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

  /** Only what tells a secret is kept for the judgement: a run of days says too much to keep it all. */
  private hearText(text: string): void {
    if (tellsSecret(text, this.deployed.deployment)) this.texts.push(text);
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
        // A network that is rough is no news; anything else would keep files away from all that is tested here.
        if (failureKind(error) === 'other') this.witness.blame('nothing breaks', `upload of ${action.key}: ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
        await this.clock.sleep(2000);
      }
    }
  }

  private computer(name: string, clockAheadMs = 0): OperatorMachine {
    const machine = createOperatorMachine(name, clockAheadMs);
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
    this.hearText(JSON.stringify(event));
  }

  private async move(action: MoveAction): Promise<void> {
    let computer = this.computer(`operator ${action.atMs}`, action.clockAheadMs);
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
    if (action.backAfterMs === undefined || end.kind !== 'result' || !end.result.outcome.startsWith('done')) return;
    await this.clock.sleep(action.backAfterMs);
    if (!this.settled) this.ended('back', await this.operator(computer, 'back').move({ ...action, command: 'failover', to: end.result.from, mode: 'auto' }));
  }

  private async resume(computer: OperatorMachine, what: string): Promise<void> {
    this.ended(what, await this.operator(computer, what).resume(false));
  }

  private ended(command: string, end: CommandEnd): void {
    if (end.kind === 'result') {
      this.moves.push(end.result);
      this.believe(end.result);
    }
    const told = end.kind === 'result' ? end.result.outcome : end.kind === 'refused' ? end.code : end.kind;
    this.ends.push(`${command}: ${told}`);
    this.note(`${command} ended: ${end.kind === 'refused' ? `${end.code} ${end.message}` : told}`);
    if (end.kind === 'broken') this.witness.blame('nothing breaks', `${command}: ${end.error instanceof Error ? end.error.stack ?? end.error.message : String(end.error)}`);
  }

  /** An operation that says it is done must have moved what others follow, whatever it saw on the way. */
  private believe({ operationId, outcome, to, from, epoch }: OperationResult): void {
    const { arc } = this.deployed.deployment;
    const control = this.witness.controls.at(-1);
    if (!arc || !outcome.startsWith('done') || control?.epoch !== epoch || control.phase !== 'active') return;
    const cluster = this.world.service('route53-recovery-cluster') as Service & { routingControlState(arn: string): string };
    const states = Object.fromEntries([to, from].map((region) => [region, cluster.routingControlState(arc.routingControls[region] ?? '')]));
    if (states[to] !== 'On' || states[from] !== 'Off') this.witness.blame('done means done', `operation ${operationId} to ${to} ended as ${outcome}, and ARC says ${JSON.stringify(states)}`);
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

  /** Nothing goes wrong any more, and whatever is under way comes to its end. */
  private async heal(): Promise<void> {
    this.note('SETTLE');
    this.settled = true;
    this.world.faults.clear();
    const ends = Promise.all([...this.underWay]).then(() => 'ended');
    const patience = this.clock.sleep(15 * 60_000).then(() => 'waiting');
    if (await this.clock.runUntil(Promise.race([ends, patience])) === 'ended') return;
    this.witness.blame('every command ends', `${this.underWay.size} commands had not ended 15 minutes after everything was healed`);
  }

  private homecoming(): Homecoming {
    return {
      deployment: this.deployed.deployment, world: this.world, clock: this.clock,
      operator: (purpose) => this.operator(this.computer(`the last, ${purpose}`), purpose),
      redrive: (purpose) => this.redrive(purpose),
      ended: (command, end) => this.ended(command, end),
      note: (line) => this.note(line),
    };
  }

  private async judge(snapshot: Snapshot): Promise<void> {
    await this.clock.runUntil(this.operator(this.computer('next'), 'next').takeLock().then((holder) => {
      if (holder !== undefined) this.witness.blame('leases end', `nobody can take the lock that ${holder} left`);
    }));
    await this.clock.runUntil(checkFinalState({
      world: this.world, deployment: this.deployed.deployment, witness: this.witness, sent: this.sent, acknowledged: this.acknowledged, snapshot, texts: this.texts,
    }));
  }
}
