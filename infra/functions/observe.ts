import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { createRegionProbe } from '../../src/aws/region-probe.js';
import type { ProbeResult } from '../../src/core/snapshot.js';
import { type Environment, required } from '../pipeline/environment.js';
import { observe, type ObserveEvent } from '../pipeline/observe.js';
import { type BuildOptions, createRuntime, onFirstCall } from '../pipeline/runtime.js';

export function build(environment: Environment, options?: BuildOptions): (event?: ObserveEvent) => Promise<ProbeResult[]> {
  const runtime = createRuntime(environment, 'observe', options);
  // One attempt, and no patience: a retry would hide what a probe is there to see. Five calls a service, so that a minute
  // in which a tenth of the calls fail is seen to be no clean one.
  const other = runtime.client({ region: runtime.otherRegion, maxAttempts: 1, requestTimeoutMs: 3000, connectionTimeoutMs: 2000 });
  const clients = { s3: new S3Client(other), states: new SFNClient(other), dynamodb: new DynamoDBClient(other) };
  const targets = {
    bucket: required(environment, 'OTHER_BUCKET'),
    stateMachineArn: required(environment, 'OTHER_STATE_MACHINE_ARN'),
    ledgerTable: required(environment, 'LEDGER_TABLE'),
  };
  const probed = { s3: () => clients.s3, states: () => clients.states, dynamodb: () => clients.dynamodb };
  const probe = createRegionProbe({ region: runtime.otherRegion, seenFrom: runtime.region, targets, clients: probed, clock: runtime.clock, calls: 5 });
  const cloudwatch = new CloudWatchClient(other);
  const alarmName = required(environment, 'OTHER_ALARM');
  const otherAlarm = async (): Promise<boolean> => {
    const answer = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [alarmName], AlarmTypes: ['CompositeAlarm'] }));
    const alarm = answer.CompositeAlarms?.[0];
    if (!alarm) throw new Error(`${runtime.otherRegion} has no alarm ${alarmName}`);
    return alarm.StateValue === 'ALARM';
  };
  const ports = { ...runtime, ledger: runtime.ledger(), probe: () => probe.probe(), otherAlarm };
  return (event) => observe(event, ports);
}

export const handler = onFirstCall(() => build(process.env));
