import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createGuardLedger } from '../../src/aws/ledger/guard.js';
import { createTable } from '../../src/aws/ledger/table.js';
import { createReadPorts, createWritePorts } from '../../src/aws/ports.js';
import type { GuardEntry } from '../../src/core/automatic-failover.js';
import { newOperationId } from '../../src/workflow/operation-id.js';
import { alertFrom } from '../pipeline/alerts.js';
import { automaticFailover, type AutomaticFailoverEvent } from '../pipeline/automatic-failover.js';
import { driveOperation } from '../pipeline/drive-operation.js';
import { type Environment, required } from '../pipeline/environment.js';
import { lookHere } from '../pipeline/plan-here.js';
import { readOwnDeployment } from '../pipeline/own-deployment.js';
import { type BuildOptions, createRuntime, type InvocationContext, onFirstCall } from '../pipeline/runtime.js';

/** Used when nothing tells how long the invocation may take. */
const defaultRemainingMs = 240_000;

/** The automatic failover of this Region, where the deployer has asked for it (`-c autoFailover=true`). */
export function build(environment: Environment, options: BuildOptions = {}): (event?: AutomaticFailoverEvent, context?: InvocationContext) => Promise<GuardEntry> {
  const runtime = createRuntime(environment, 'guard', options);
  const { clock, random, region } = runtime;
  const clientOptions = options.requestHandler === undefined ? {} : { requestHandler: options.requestHandler };
  const own = { clientOptions, ...(options.credentials ? { credentials: options.credentials } : {}) };
  const cloudwatch = new CloudWatchClient(runtime.client({ requestTimeoutMs: 4000 }));
  const guard = createGuardLedger(createTable({ client: new DynamoDBClient(runtime.client({ requestTimeoutMs: 4000 })), table: required(environment, 'LEDGER_TABLE'), clock, random }));
  const alarm = required(environment, 'OTHER_IMPAIRED_ALARM');
  const otherIsImpaired = async (): Promise<boolean> => {
    const answer = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [alarm], AlarmTypes: ['CompositeAlarm'] }));
    const found = answer.CompositeAlarms?.[0];
    if (!found) throw new Error(`${region} has no alarm ${alarm}`);
    return found.StateValue === 'ALARM';
  };
  const alert = alertFrom(runtime);
  return async (event, context) => {
    const startedAt = clock.now().getTime();
    const deployment = await readOwnDeployment(required(environment, 'DEPLOYMENT'), region, own);
    const ports = { clock, random, clientOptions };
    const parts = {
      deployment, region,
      operator: `automatic failover of ${region}`,
      telemetry: runtime.telemetry,
      read: createReadPorts(deployment, ports),
      write: createWritePorts(deployment, { ...ports, journal: null }),
      remainingMs: () => context?.getRemainingTimeInMillis?.() ?? defaultRemainingMs - (clock.now().getTime() - startedAt),
    };
    return automaticFailover(event, {
      deployment, region, clock, guard, otherIsImpaired, alert, newOperationId,
      telemetry: runtime.telemetry,
      look: () => lookHere(parts),
      drive: (operationId, wish) => driveOperation({ operationId, wish, onDrainDeadline: 'undo' }, parts),
    });
  };
}

export const handler = onFirstCall(() => build(process.env));
