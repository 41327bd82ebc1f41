import { GetAutomationExecutionCommand, StartAutomationExecutionCommand } from '@aws-sdk/client-ssm';
import type { Clock, DocumentRun, Extensions } from '../workflow/ports.js';
import type { ClientFactoryOptions, Reach } from './client-pool.js';
import { withDeadline } from './deadline.js';
import { createSetupClientFactory } from './setup-clients.js';

const succeeded = new Set(['Success', 'CompletedWithSuccess']);
const running = new Set(['Pending', 'InProgress', 'Waiting', 'Scheduled', 'RunbookInProgress', 'PendingApproval', 'Approved', 'PendingChangeCalendarOverride', 'Cancelling']);

export function createAutomationDocuments(reach: Reach, options: ClientFactoryOptions, clock: Clock): Pick<Extensions, 'startDocument' | 'readDocument'> {
  const clients = createSetupClientFactory(reach, options);
  return {
    async startDocument(region, document, parameters, token, call) {
      const answer = await withDeadline(clock, call, 10_000, (signal) => clients.ssm(region).send(new StartAutomationExecutionCommand({
        DocumentName: document, ClientToken: token, Parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])),
      }), { abortSignal: signal }));
      return answer.AutomationExecutionId ?? '';
    },
    async readDocument(region, execution, call): Promise<DocumentRun> {
      const answer = await withDeadline(clock, call, 5000, (signal) => clients.ssm(region).send(new GetAutomationExecutionCommand({ AutomationExecutionId: execution }), { abortSignal: signal }));
      const { AutomationExecutionStatus: status = '', FailureMessage: why, ExecutionEndTime: endedAt } = answer.AutomationExecution ?? {};
      if (running.has(status)) return { status: 'running' };
      return { status: succeeded.has(status) ? 'succeeded' : 'failed', why: why ?? status, ...(endedAt ? { endedAt: endedAt.toISOString() } : {}) };
    },
  };
}
