import { InvokeCommand } from '@aws-sdk/client-lambda';
import { GetAutomationExecutionCommand, StartAutomationExecutionCommand } from '@aws-sdk/client-ssm';
import type { Clock, DocumentRun, Extensions } from '../workflow/ports.js';
import type { ClientFactory } from './clients.js';
import { withDeadline } from './deadline.js';

const succeeded = new Set(['Success', 'CompletedWithSuccess']);
const running = new Set(['Pending', 'InProgress', 'Waiting', 'Scheduled', 'RunbookInProgress', 'PendingApproval', 'Approved', 'PendingChangeCalendarOverride', 'Cancelling']);

/**
 * @param patient clients that wait as long as a function may run, and try once: an invocation that is repeated by itself would
 *   run the user's code twice at the same time
 */
export function createExtensions(clients: ClientFactory, patient: ClientFactory, clock: Clock): Extensions {
  return {
    async startDocument(region, document, parameters, token, options) {
      const answer = await withDeadline(clock, options, 10_000, (signal) => clients.ssm(region).send(new StartAutomationExecutionCommand({
        DocumentName: document, ClientToken: token, Parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])),
      }), { abortSignal: signal }));
      return answer.AutomationExecutionId ?? '';
    },
    async readDocument(region, execution, options): Promise<DocumentRun> {
      const answer = await withDeadline(clock, options, 5000, (signal) => clients.ssm(region).send(new GetAutomationExecutionCommand({ AutomationExecutionId: execution }), { abortSignal: signal }));
      const { AutomationExecutionStatus: status = '', FailureMessage: why, ExecutionEndTime: endedAt } = answer.AutomationExecution ?? {};
      if (running.has(status)) return { status: 'running' };
      return { status: succeeded.has(status) ? 'succeeded' : 'failed', why: why ?? status, ...(endedAt ? { endedAt: endedAt.toISOString() } : {}) };
    },
    async callFunction(region, name, input, options) {
      const answer = await withDeadline(clock, options, 60_000, (signal) => patient.lambda(region).send(new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(input)) }), { abortSignal: signal }));
      if (answer.FunctionError === undefined) return { ok: true };
      const said = JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8') || '{}') as { errorType?: string; errorMessage?: string };
      return { ok: false, why: `${said.errorType ?? answer.FunctionError}: ${said.errorMessage ?? 'no reason given'}` };
    },
  };
}
