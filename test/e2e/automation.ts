import { GetAutomationExecutionCommand, SendAutomationSignalCommand, SSMClient, StartAutomationExecutionCommand, type AutomationExecution } from '@aws-sdk/client-ssm';
import type { Operator } from './operator.js';
import { eventually } from './scene.js';

/** Systems Manager as any client sees it, in the operator role of the deployment: no laptop's batchctl is part of it. */
export interface AutomationConsole {
  start(region: string, document: string, parameters: Record<string, string>): Promise<string>;
  read(region: string, execution: string): Promise<AutomationExecution>;
  approve(region: string, execution: string): Promise<void>;
  /** Resolves when the execution has ended, well or not. */
  ended(region: string, execution: string): Promise<AutomationExecution>;
  close(): void;
}

const over = new Set(['Success', 'Failed', 'TimedOut', 'Cancelled', 'Rejected']);

export async function openAutomation(operator: Operator): Promise<AutomationConsole> {
  const variables = async (...words: string[]): Promise<Record<string, string>> => (await operator.document<{ environment: Record<string, string> }>(['sandbox', 'env', ...words, '--dir', operator.sandbox])).environment;
  const [place, environment] = [await variables(), await variables('--role', 'operator')];
  const credentials = {
    accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '', sessionToken: environment['AWS_SESSION_TOKEN'] ?? '',
  };
  const clients = new Map<string, SSMClient>();
  const client = (region: string): SSMClient => {
    const known = clients.get(region) ?? new SSMClient({ region, endpoint: place['AWS_ENDPOINT_URL'] ?? '', credentials });
    clients.set(region, known);
    return known;
  };
  const read = async (region: string, execution: string): Promise<AutomationExecution> => {
    const answer = await client(region).send(new GetAutomationExecutionCommand({ AutomationExecutionId: execution }));
    return answer.AutomationExecution ?? {};
  };
  return {
    async start(region, document, parameters) {
      const answer = await client(region).send(new StartAutomationExecutionCommand({ DocumentName: document, Parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])) }));
      return answer.AutomationExecutionId ?? '';
    },
    read,
    async approve(region, execution) {
      await client(region).send(new SendAutomationSignalCommand({ AutomationExecutionId: execution, SignalType: 'Approve' }));
    },
    ended: (region, execution) => eventually(`automation ${execution} to end`, async () => {
      const seen = await read(region, execution);
      return over.has(seen.AutomationExecutionStatus ?? '') ? seen : undefined;
    }, 180_000),
    close() {
      for (const each of clients.values()) each.destroy();
    },
  };
}
