import { createHash } from 'node:crypto';
import {
  DescribeExecutionCommand, ListExecutionsCommand, RedriveExecutionCommand, type SFNClient, StartExecutionCommand, StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { failureKind } from '../core/failure.js';
import { executionName, supersededExecution } from '../core/layout.js';
import type { Clock, ExecutionFacts, ExecutionStatus, ExecutionsReader, ExecutionsWriter } from '../workflow/ports.js';
import type { ClientFactory } from './clients.js';
import { withDeadline } from './deadline.js';

export function createExecutionsReader(region: string, stateMachineArn: string, clients: ClientFactory, clock: Clock): ExecutionsReader {
  return {
    region,
    async *listRunning(options) {
      let token: string | undefined;
      do {
        const page = await withDeadline(clock, options, 5000, (signal) => clients.states(region).send(
          new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 1000, nextToken: token }),
          { abortSignal: signal },
        ));
        for (const execution of page.executions ?? []) yield factsOf(execution);
        token = page.nextToken;
      } while (token);
    },
    async describe(executionArn, options) {
      try {
        const answer = await withDeadline(clock, options, 3000, (signal) => clients.states(region).send(new DescribeExecutionCommand({ executionArn }), { abortSignal: signal }));
        return {
          ...factsOf(answer),
          redrivable: answer.redriveStatus === 'REDRIVABLE',
          ...(answer.redriveStatusReason ? { notRedrivableBecause: answer.redriveStatusReason } : {}),
        };
      } catch (error) {
        if (failureKind(error) === 'not-found') return undefined;
        throw error;
      }
    },
  };
}

export function createExecutionsWriter(region: string, stateMachineArn: string, clients: ClientFactory, clock: Clock): ExecutionsWriter {
  const clientFor = (options: { once?: true } | undefined): SFNClient => (options?.once ? clients.statesOnce(region) : clients.states(region));
  return {
    async start(input, options) {
      const name = executionName(input.jobId, input);
      try {
        const answer = await withDeadline(clock, options, 10_000, (signal) => clientFor(options).send(
          new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
          { abortSignal: signal },
        ));
        return { executionArn: answer.executionArn ?? '', existed: false };
      } catch (error) {
        // The same claim was started before, by somebody or by an earlier attempt whose answer was lost. That is enough.
        if ((error as Error).name === 'ExecutionAlreadyExists') return { executionArn: executionArnOf(stateMachineArn, name), existed: true };
        throw error;
      }
    },
    async stop(executionArn, why, options) {
      await withDeadline(clock, options, 3000, (signal) => clients.states(region).send(
        new StopExecutionCommand({ executionArn, error: supersededExecution, cause: why }),
        { abortSignal: signal },
      ));
    },
    async redrive(executionArn, since, options) {
      const clientToken = createHash('sha256').update(`${executionArn} ${since}`).digest('hex');
      await withDeadline(clock, options, 5000, (signal) => clientFor(options).send(new RedriveExecutionCommand({ executionArn, clientToken }), { abortSignal: signal }));
    },
  };
}

/** `…:stateMachine:NAME` → `…:execution:NAME:EXECUTION` */
export function executionArnOf(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}

function factsOf(execution: { executionArn?: string; name?: string; status?: string; startDate?: Date; stopDate?: Date }): ExecutionFacts {
  return {
    executionArn: execution.executionArn ?? '',
    name: execution.name ?? '',
    status: (execution.status ?? 'RUNNING') as ExecutionStatus,
    startedAt: (execution.startDate ?? new Date(0)).toISOString(),
    ...(execution.stopDate ? { stoppedAt: execution.stopDate.toISOString() } : {}),
  };
}
