import type { HttpRequest } from '@smithy/core/protocols';
import { createReadPorts, createWritePorts } from '../../../src/aws/ports.js';
import type { Deployment } from '../../../src/config/schema.js';
import { assess } from '../../../src/core/assess.js';
import { describeFailure, failureKind } from '../../../src/core/failure.js';
import type { OperationEvent, OperationResult, Plan } from '../../../src/core/operation.js';
import { planMove } from '../../../src/core/plan.js';
import type { Random } from '../../../src/sandbox/random.js';
import { OperatorError } from '../../../src/errors.js';
import { observe } from '../../../src/workflow/observe.js';
import type { Clock, ReadPorts, WritePorts } from '../../../src/workflow/ports.js';
import { redriveJobs, type RedriveOutcome } from '../../../src/workflow/redrive.js';
import { runOperation } from '../../../src/workflow/runner.js';
import { findOperation, newestUnfinished } from '../../../src/workflow/unfinished.js';
import { createConnection, isReading, nameOf, type Caller, type NetworkOptions } from './network.js';
import type { OperatorMachine } from './operator-machine.js';
import type { CrashPoint, MoveAction } from './schedule.js';

/** How a command ended, as far as its operator can tell. */
export type CommandEnd =
  | { kind: 'result'; result: OperationResult }
  | { kind: 'nothing-to-do' }
  | { kind: 'refused'; code: string; message: string }
  | { kind: 'crashed' }
  | { kind: 'broken'; error: unknown };

export interface OperatorOptions {
  deployment: Deployment;
  network: NetworkOptions;
  dice: Random;
  onEvent: (event: OperationEvent) => void;
}

/** One run of the command line: its clients, its clock, and the moment of its death. */
export interface OperatorProcess {
  readonly name: string;
  move(action: Pick<MoveAction, 'command' | 'to' | 'mode' | 'onDrainDeadline'>): Promise<CommandEnd>;
  /** `sure`: the operator knows that whoever holds the operation's lock is dead, as one does on the same computer. */
  resume(sure: boolean): Promise<CommandEnd>;
  redriveAll(): Promise<RedriveOutcome[]>;
  dryRun(to: string): Promise<void>;
  /** Takes the lock and gives it back; tells which operation holds it when it cannot be had. */
  takeLock(): Promise<string | undefined>;
  readonly read: ReadPorts;
  /** Every request that was not a mere look. */
  readonly writes: readonly string[];
}

const never = new Promise<never>(() => undefined);

export function startOperator(name: string, machine: OperatorMachine, options: OperatorOptions, crash?: CrashPoint): OperatorProcess {
  const { deployment, network } = options;
  const life = lifeOf(name, crash);
  const clock: Clock = {
    now: () => new Date(network.clock.now() + machine.clockAheadMs),
    sleep: async (milliseconds, signal) => {
      await network.clock.sleep(milliseconds, signal);
      if (life.dead) await never;
    },
  };
  const ports = { clock, clientOptions: { requestHandler: createConnection(network, life, options.dice), maxAttempts: 2 }, random: () => options.dice.next() };
  const read = createReadPorts(deployment, ports);
  const journal = {
    ...machine.journal,
    append: (operationId: string, sequence: number, event: OperationEvent) => (life.dead ? never : machine.journal.append(operationId, sequence, event)),
  };
  let made: WritePorts | undefined;
  const write = (): WritePorts => (made ??= createWritePorts(deployment, { ...ports, journal }));
  const onEvent = (event: OperationEvent): void => {
    options.onEvent(event);
    if (event.type !== 'step-progress') life.eventWritten();
  };

  async function plan(to: string, mode: MoveAction['mode'], command: MoveAction['command']): Promise<Plan | CommandEnd> {
    const snapshot = await observe(read, deployment, { probeTimeoutMs: deployment.policy.probeTimeoutSeconds * 1000 });
    const assessment = assess(snapshot, deployment.policy, { to, ...(mode === 'auto' ? {} : { mode }) });
    const planned = planMove(snapshot, assessment, { kind: command, to, mode, policy: deployment.policy });
    if (planned.kind === 'nothing-to-do') return { kind: 'nothing-to-do' };
    if (planned.kind === 'no-plan') return { kind: 'refused', code: planned.code, message: planned.reason };
    return planned.plan;
  }

  /** As the command line does it: an unfit plan is refused before anything is touched. */
  function refusalOf({ epochAfter, epochBefore, mode, recommendation }: Plan): CommandEnd | undefined {
    const { verdict, blockers, reasons, rpo } = recommendation;
    if (epochAfter === epochBefore || verdict === 'GO' || verdict === 'GO_WITH_DATA_RISK') return undefined;
    if (mode === 'graceful' && verdict === 'NO_GO' && (rpo.objects ?? 0) > 0) return undefined;
    return { kind: 'refused', code: verdict, message: [...reasons, ...blockers].join('; ') };
  }

  const run = async (operation: { operationId: string; plan: Plan; earlier?: OperationEvent[]; held?: { here: number; inLedger: number } }, onDrainDeadline: 'redrive' | 'undo'): Promise<CommandEnd> => ({
    kind: 'result',
    result: await runOperation({
      ...operation, target: deployment, policy: deployment.policy, read, write: write(), operator: name, onDrainDeadline, signal: new AbortController().signal, onEvent,
    }),
  });

  async function ended(work: () => Promise<CommandEnd>): Promise<CommandEnd> {
    const caught = work().catch((error: unknown): CommandEnd => {
      if (error instanceof OperatorError) return { kind: 'refused', code: error.code, message: error.message };
      // The command line's one funnel tells these in words; anything else it can only call a bug.
      return failureKind(error) === 'other' ? { kind: 'broken', error } : { kind: 'refused', code: 'AWS', message: describeFailure(error) };
    });
    return Promise.race([caught, life.died]);
  }

  return {
    name,
    read,
    writes: life.writes,
    move: (action) => ended(async () => {
      const planned = await plan(action.to, action.mode, action.command);
      if (!('steps' in planned)) return planned;
      const operationId = `${new Date(network.clock.now()).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z-${options.dice.hex(6)}`;
      return await holderOf(read, undefined) ?? refusalOf(planned) ?? run({ operationId, plan: planned }, action.onDrainDeadline);
    }),
    resume: (sure) => ended(async () => {
      const operationId = await newestUnfinished(read.ledgers, await machine.journal.latestUnfinished());
      if (operationId === undefined) return { kind: 'nothing-to-do' };
      const { events: earlier, held, view } = await findOperation(read.ledgers, operationId, await machine.journal.read(operationId));
      if (!view) return { kind: 'refused', code: 'OPERATION_UNKNOWN', message: operationId };
      const outcome = view.result?.outcome;
      if (view.result && (outcome === 'done' || outcome === 'done_with_exceptions')) return { kind: 'result', result: view.result };
      if (outcome === 'cancelled' || outcome === 'refused') return { kind: 'refused', code: 'NOTHING_TO_RESUME', message: operationId };
      return await holderOf(read, sure ? operationId : undefined) ?? run({ operationId, plan: view.plan, earlier, held }, 'undo');
    }),
    redriveAll: () => redriveJobs(read, write(), { jobs: 'all', dryRun: false }),
    takeLock: async () => {
      const ledger = write().ledgers[deployment.home];
      const now = clock.now().toISOString();
      const taken = await ledger?.acquireLock({ operationId: 'the next operation', owner: name, kind: 'failover', acquiredAt: now, leaseEndsAt: now }, now);
      if (taken?.acquired === false) return taken.holder.operationId;
      await ledger?.releaseLock('the next operation');
      return undefined;
    },
    dryRun: async (to) => {
      await plan(to, 'auto', 'failover');
    },
  };
}

export async function fromAnyLedger<T>(read: ReadPorts, ask: (ledger: ReadPorts['ledgers'][string]) => Promise<T>): Promise<T> {
  return Promise.any(Object.values(read.ledgers).map(ask));
}

/** The command line's refusal while somebody else is at work; the runner's own lock is what counts. */
async function holderOf(read: ReadPorts, own: string | undefined): Promise<CommandEnd | undefined> {
  const holder = await fromAnyLedger(read, (ledger) => ledger.readLock()).catch(() => undefined);
  if (!holder || holder.operationId === own || holder.leaseEndsAt < read.clock.now().toISOString()) return undefined;
  return { kind: 'refused', code: 'LOCK_HELD', message: `${holder.operationId} of ${holder.owner}` };
}

interface Life extends Caller {
  readonly died: Promise<CommandEnd>;
  readonly writes: string[];
  eventWritten(): void;
}

function lifeOf(name: string, crash: CrashPoint | undefined): Life {
  let [steps, events, dead] = [0, 0, false];
  let tell: (end: CommandEnd) => void = () => undefined;
  const died = new Promise<CommandEnd>((resolve) => { tell = resolve; });
  const writes: string[] = [];
  const die = (): void => {
    dead = true;
    tell({ kind: 'crashed' });
  };
  const step = (): void => {
    steps += 1;
    if (crash && 'atWriteStep' in crash && steps === crash.atWriteStep) die();
  };
  return {
    name,
    died,
    writes,
    get dead() { return dead; },
    beforeRequest: (request: HttpRequest) => {
      if (isReading(request)) return;
      writes.push(nameOf(request));
      step();
    },
    afterRequest: (request: HttpRequest) => { if (!isReading(request)) step(); },
    eventWritten: () => {
      events += 1;
      if (crash && 'afterEvent' in crash && events === crash.afterEvent) die();
    },
  };
}
