import type { Deployment } from '../../config/schema.js';
import { describeFailure } from '../../core/failure.js';
import { known, unknown, type Observed } from '../../core/observation.js';
import type { OperationSummary } from '../../core/operation.js';
import type { WatchData } from '../../ui/screen/model/watch-model.js';
import type { ReadPorts } from '../../workflow/ports.js';
import { askAnyLedger } from '../../workflow/ask-any-ledger.js';
import { callOptions } from '../connect.js';
import type { CommandContext } from '../context.js';
import { lookOn } from './look.js';

/** One look with everything that the live screen shows. */
export async function lookForWatch(deployment: Deployment, ports: ReadPorts, context: CommandContext): Promise<WatchData> {
  const [{ snapshot, assessment }, lastOperation] = await Promise.all([lookOn(deployment, ports, context), newestOperation(ports, context, deployment.policy.probeTimeoutSeconds * 1000)]);
  return { snapshot, assessment, policy: deployment.policy, lastOperation };
}

async function newestOperation(ports: ReadPorts, context: CommandContext, timeoutMs: number): Promise<Observed<OperationSummary | null>> {
  const at = (): string => context.clock.now().toISOString();
  try {
    const operations = await askAnyLedger(ports.ledgers, (ledger) => ledger.listOperations(1, { ...callOptions(context), timeoutMs }));
    return known(operations[0] ?? null, at(), 'ledger');
  } catch (error) {
    return unknown(describeFailure(error), at(), 'ledger');
  }
}
