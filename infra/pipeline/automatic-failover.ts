import type { GuardLedger } from '../../src/aws/ledger/guard.js';
import type { Deployment } from '../../src/config/schema.js';
import { assess } from '../../src/core/assess.js';
import { maxFailures, withEntry, type GuardEntry, type GuardRecord } from '../../src/core/automatic-failover.js';
import { describeFailure } from '../../src/core/failure.js';
import { guardLook } from '../../src/core/guard.js';
import type { Snapshot } from '../../src/core/snapshot.js';
import type { OperationResult } from '../../src/core/operation.js';
import { resultSummary } from '../../src/core/result-summary.js';
import { ExitCode, OperatorError } from '../../src/errors.js';
import type { Clock } from './clock.js';
import type { MoveWish } from './plan-here.js';
import type { Telemetry } from './telemetry.js';

export interface AutomaticFailoverPorts {
  deployment: Deployment;
  region: string;
  clock: Clock;
  telemetry: Telemetry;
  guard: GuardLedger;
  look(): Promise<Snapshot>;
  /** Drives the operation of this id for as long as the invocation lasts (`drive-operation.ts`). */
  drive(operationId: string, wish: MoveWish): Promise<'running' | OperationResult>;
  /** Whether this Region's composite alarm says that the other one is impaired. Throws while it cannot be read. */
  otherIsImpaired(): Promise<boolean>;
  newOperationId(now: Date): string;
  alert(subject: string, message: string): Promise<void>;
}

export interface AutomaticFailoverEvent {
  /** `arm`: after a move of its own, somebody has looked and lets it act again. */
  action?: 'arm';
}

/** It looks once a minute; two looks that are further apart than this have something unknown between them. */
const longestGapSeconds = 150;

/**
 * One look of the automatic failover of this Region, made every minute. While the alarm is quiet it does nothing. While it is
 * on it judges by the rules of `guard --auto`: a GO with nothing at risk, nothing unknown and nothing to acknowledge, at every
 * look for as long as the policy says. Then it moves the pipeline here, once, and is disarmed. Each change of its mind stands
 * in the ledger; what it did goes to the alert topic.
 */
export async function automaticFailover(event: AutomaticFailoverEvent | undefined, ports: AutomaticFailoverPorts): Promise<GuardEntry> {
  const record = await ports.guard.readGuard(ports.region);
  if (event?.action === 'arm') return decide(ports, { ...record, armed: true, failures: 0, state: {} }, 'armed', 'somebody has armed it again');
  if (record.operationId !== undefined) return goOn(ports, record, record.operationId);
  if (!record.armed) return { at: nowOf(ports), kind: 'quiet', why: 'it is disarmed until somebody arms it again' };
  if (!await ports.otherIsImpaired()) return decide(ports, { ...record, failures: 0, state: {} }, 'quiet', 'the alarm is off');
  const { policy } = ports.deployment;
  const snapshot = await ports.look();
  const { state, verdict } = guardLook(record.state, snapshot, assess(snapshot, policy).recommendation, { to: ports.region, policy, longestGapSeconds });
  const looked = { ...record, state };
  if (verdict.kind !== 'move') return decide(ports, looked, verdict.kind, verdict.why);
  // Written down before anything is done: an invocation that dies here is gone on with, under the same id.
  const operationId = ports.newOperationId(ports.clock.now());
  await decide(ports, { ...looked, operationId }, 'moving', `a GO held for ${verdict.heldSeconds} s: ${verdict.why}`);
  await tell(ports, `Automatic failover to ${ports.region} has begun`, `A GO held for ${verdict.heldSeconds} s: ${verdict.why}.\n\nOperation ${operationId}. Watch it: batchctl status --watch`);
  return goOn(ports, await ports.guard.readGuard(ports.region), operationId);
}

async function goOn(ports: AutomaticFailoverPorts, record: GuardRecord, operationId: string): Promise<GuardEntry> {
  let ended: 'running' | OperationResult;
  try {
    ended = await ports.drive(operationId, wishOf(ports));
  } catch (error) {
    if (!(error instanceof OperatorError) || error.exitCode !== ExitCode.refused) throw error;
    // Nothing was touched, so this was no move: it goes on, and holds anew.
    return decide(ports, withoutOperation({ ...record, state: {} }), 'refused', `${error.code}: ${error.message}`);
  }
  if (ended === 'running') return { at: nowOf(ports), kind: 'moving', why: `operation ${operationId} is under way` };
  if (ended.outcome === 'refused' || ended.outcome === 'cancelled') return decide(ports, withoutOperation({ ...record, state: {} }), 'refused', ended.error ? `${ended.error.code}: ${ended.error.message}` : ended.outcome);
  if (ended.outcome === 'interrupted' || ended.outcome === 'failed') return failed(ports, record, ended);
  const entry = await decide(ports, withoutOperation({ ...record, armed: false, failures: 0, state: {} }), 'moved', `operation ${operationId}: ${ended.outcome}`);
  await tell(ports, `Automatic failover to ${ports.region}: ${ended.outcome.replaceAll('_', ' ')}`, `${resultSummary(ended)}\n\nIt acts once: it is disarmed now, until somebody arms it again (infra/README.md, "Automatic failover").\nReport: batchctl report ${operationId}`);
  return entry;
}

/**
 * A move that stopped half way is gone on with, under its own id, and one that moved nothing is tried anew when a GO has held
 * again: the outage is still there. After a few times it is disarmed, and says what it has and has not done.
 */
async function failed(ports: AutomaticFailoverPorts, record: GuardRecord, ended: OperationResult): Promise<GuardEntry> {
  const failures = (record.failures ?? 0) + 1;
  const givesUp = failures >= maxFailures;
  // An interrupted one may have got behind the fence without knowing it; its next run asks the ledger.
  const isHalfDone = ended.outcome === 'interrupted' || ended.steps.some((step) => step.name === 'fence' && (step.state === 'done' || step.state === 'skipped'));
  const why = `operation ${ended.operationId}: ${ended.outcome}${ended.error ? `, ${ended.error.code}: ${ended.error.message}` : ''}`;
  const next = { ...record, failures, armed: !givesUp, state: {} };
  const entry = await decide(ports, isHalfDone && !givesUp ? next : withoutOperation(next), 'failed', why);
  const then = givesUp
    ? `It has tried ${failures} times and is disarmed now, until somebody arms it again (infra/README.md, "Automatic failover"). ${isHalfDone ? `The move is half done. Go on with it: batchctl failover --resume ${ended.operationId}` : `The pipeline was not moved. Decide: batchctl assess --to ${ports.region}`}`
    : isHalfDone ? 'The move is half done. It goes on with it in a minute.' : 'The pipeline was not moved. It tries again when a GO has held anew.';
  await tell(ports, `Automatic failover to ${ports.region}: ${ended.outcome}`, `${resultSummary(ended)}\n\n${then}\nReport: batchctl report ${ended.operationId}`);
  return entry;
}

/** Nothing may be left behind, and nobody is there to acknowledge anything. */
function wishOf({ region }: AutomaticFailoverPorts): MoveWish {
  return { kind: 'failover', to: region, mode: 'ungraceful', consent: { yes: true, confirm: region, acceptDataLoss: '0', acknowledged: [] }, reason: 'automatic failover: a GO held while the alarm was on' };
}

function withoutOperation({ operationId: _operationId, ...rest }: GuardRecord): GuardRecord {
  return rest;
}

async function decide(ports: AutomaticFailoverPorts, record: GuardRecord, kind: GuardEntry['kind'], why: string): Promise<GuardEntry> {
  const entry = { at: nowOf(ports), kind, why };
  ports.telemetry.info('automatic failover', { ...entry });
  await ports.guard.writeGuard(ports.region, withEntry(record, entry));
  return entry;
}

async function tell(ports: AutomaticFailoverPorts, subject: string, message: string): Promise<void> {
  await ports.alert(subject, message).catch((error: unknown) => { ports.telemetry.warn('the alert was not sent', { error: describeFailure(error) }); });
}

function nowOf(ports: AutomaticFailoverPorts): string {
  return ports.clock.now().toISOString();
}
