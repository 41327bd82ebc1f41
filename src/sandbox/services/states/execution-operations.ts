import { AwsError, type CallContext } from '../../service.js';
import type { World } from '../../world.js';
import { announce } from './announcements.js';
import { recordStart, type ExecutionEngine } from './engine.js';
import { historyPage, maximumDataBytes, type HistoryRequest } from './history.js';
import { parseJson } from './json.js';
import { listExecutions, type ListExecutionsRequest } from './listing.js';
import { checkName } from './machine-operations.js';
import { isClosed, newFrame, stateMachineOf, type Execution } from './records.js';
import { redriveStatus } from './redrive.js';
import { retentionMs, type StatesStore } from './store.js';

interface StartRequest {
  stateMachineArn: string;
  name?: string;
  input?: string;
}

/** RedriveExecution remembers the last ten client tokens for 15 minutes. Source: API reference. */
const tokensKept = 10;
const tokenMs = 15 * 60_000;

export function createExecutionOperations(world: World, store: StatesStore, engine: ExecutionEngine) {
  async function start(request: StartRequest): Promise<{ executionArn: string; startDate: Date }> {
    const machine = store.machine(request.stateMachineArn);
    const name = request.name ?? world.random.uuid();
    checkName(name);
    const input = request.input ?? '{}';
    const value = parseJson(input);
    if (value === undefined) throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${input.slice(0, 80)}'`);
    if (Buffer.byteLength(input) > maximumDataBytes) throw new AwsError('ValidationException', `1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to ${maximumDataBytes}`);
    const arn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const existing = sameName(arn, input);
    if (existing) return { executionArn: arn, startDate: new Date(existing.startedAt) };
    const definition = store.definition(machine.arn, machine.revision);
    const execution: Execution = {
      arn,
      name,
      stateMachineArn: machine.arn,
      region: machine.region,
      roleArn: machine.roleArn,
      revision: machine.revision,
      blockId: '',
      input,
      status: 'RUNNING',
      startedAt: world.clock.now(),
      redriveCount: 0,
      frame: newFrame(definition.root.startAt, value),
      history: [],
    };
    recordStart(execution, execution.startedAt);
    store.add(execution);
    announce(world, execution);
    engine.launch(execution);
    world.changed();
    return { executionArn: arn, startDate: new Date(execution.startedAt) };
  }

  /**
   * A name stands for one execution for 90 days: the same input while it runs is the same start, anything else is
   * refused. Source: StartExecution in the API reference.
   */
  function sameName(arn: string, input: string): Execution | undefined {
    const existing = store.executions.get(arn);
    if (!existing) return undefined;
    if (existing.status === 'RUNNING' && existing.input === input) return existing;
    if (isClosed(existing.status) && world.clock.now() - (existing.stoppedAt ?? 0) > retentionMs) {
      store.remove(existing);
      return undefined;
    }
    throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
  }

  async function redrive(request: { executionArn: string; clientToken?: string }): Promise<{ redriveDate: Date }> {
    const execution = store.execution(request.executionArn);
    const now = world.clock.now();
    const tokens = (execution.redriveTokens ?? []).filter((known) => now - known.at < tokenMs);
    const repeated = tokens.find((known) => known.token === request.clientToken);
    if (repeated) return { redriveDate: new Date(repeated.at) };
    const { redriveStatus: status, redriveStatusReason: reason } = redriveStatus(execution, now);
    if (status !== 'REDRIVABLE') throw new AwsError('ExecutionNotRedrivable', reason ?? 'Execution can be redriven only by its Map Run');
    if (request.clientToken !== undefined) execution.redriveTokens = [...tokens, { token: request.clientToken, at: now }].slice(-tokensKept);
    engine.redrive(execution);
    announce(world, execution);
    return { redriveDate: new Date(now) };
  }

  return {
    StartExecution: (input: StartRequest, _call: CallContext) => start(input),
    RedriveExecution: (input: { executionArn: string; clientToken?: string }) => redrive(input),
    StopExecution: async (input: { executionArn: string; error?: string; cause?: string }) => {
      const execution = store.execution(input.executionArn);
      const { error, cause } = input;
      if (!isClosed(execution.status)) {
        engine.close(execution, 'ABORTED', { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) });
      }
      return { stopDate: new Date(execution.stoppedAt ?? world.clock.now()) };
    },
    DescribeExecution: async (input: { executionArn: string }) => describe(store.execution(input.executionArn), world.clock.now()),
    ListExecutions: async (input: ListExecutionsRequest) => listExecutions(store, input, world.clock.now()),
    GetExecutionHistory: async (input: HistoryRequest) => historyPage(store.execution(input.executionArn), input),
  };
}

function describe(execution: Execution, now: number): Record<string, unknown> {
  const { arn, name, status, input, output, error, cause, redriveCount, redrivenAt, stoppedAt, child } = execution;
  return {
    executionArn: arn,
    stateMachineArn: stateMachineOf(execution),
    name,
    status,
    startDate: new Date(execution.startedAt),
    input,
    inputDetails: { included: true },
    ...(stoppedAt === undefined ? {} : { stopDate: new Date(stoppedAt) }),
    ...(output === undefined ? {} : { output, outputDetails: { included: true } }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    ...(child ? { mapRunArn: child.mapRunArn } : {}),
    redriveCount,
    ...(redrivenAt === undefined ? {} : { redriveDate: new Date(redrivenAt) }),
    ...redriveStatus(execution, now),
  };
}
