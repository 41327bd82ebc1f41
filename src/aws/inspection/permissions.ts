import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { GetAccountSettingsCommand, InvokeCommand } from '@aws-sdk/client-lambda';
import { HeadBucketCommand, HeadObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { DescribeStateMachineCommand, ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import type { Deployment } from '../../config/schema.js';
import type { TriedCall } from '../../core/doctor-facts.js';
import { failureKind } from '../../core/failure.js';
import { prefixes } from '../../core/layout.js';
import type { Observed } from '../../core/observation.js';
import type { SetupClientFactory } from '../setup-clients.js';

type See = (seenFrom: string, look: (signal: AbortSignal) => Promise<true>) => Promise<Observed<true>>;

/** Makes the reads of an operation in one Region, each once and as cheap as it can be. */
export async function tryCalls(clients: SetupClientFactory, deployment: Deployment, region: string, see: See): Promise<TriedCall[]> {
  return Promise.all(Object.entries(callsIn(clients, deployment, region)).map(async ([action, call]): Promise<TriedCall> => {
    let denied = false;
    const answer = await see(region, async (signal) => {
      try {
        await call(signal);
      } catch (error) {
        const kind = failureKind(error);
        denied = kind === 'permission';
        // "There is no such thing" is an answer of somebody who may ask.
        if (kind !== 'not-found') throw error;
      }
      return true;
    });
    return { action, answer, denied };
  }));
}

function callsIn(clients: SetupClientFactory, deployment: Deployment, region: string): Record<string, (signal: AbortSignal) => Promise<unknown>> {
  const resources = deployment.regions[region];
  const Bucket = resources?.bucket ?? '';
  const stateMachineArn = resources?.stateMachineArn ?? '';
  const ledger = deployment.ledgerTable;
  const now = new Date();
  return {
    'dynamodb:GetItem': (abortSignal) => clients.dynamodb(region).send(new GetItemCommand({ TableName: ledger, Key: { pk: { S: 'control' }, sk: { S: 'control' } }, ConsistentRead: true }), { abortSignal }),
    'dynamodb:Query': (abortSignal) => clients.dynamodb(region).send(new QueryCommand({ TableName: ledger, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': { S: 'operations' } }, Limit: 1 }), { abortSignal }),
    's3:ListBucket': (abortSignal) => clients.s3(region).send(new HeadBucketCommand({ Bucket }), { abortSignal }),
    's3:ListBucketVersions': (abortSignal) => clients.s3(region).send(new ListObjectVersionsCommand({ Bucket, Prefix: prefixes.input, MaxKeys: 1 }), { abortSignal }),
    's3:GetObject': (abortSignal) => clients.s3(region).send(new HeadObjectCommand({ Bucket, Key: `${prefixes.input}doctor-asks-for-nothing` }), { abortSignal }),
    'states:DescribeStateMachine': (abortSignal) => clients.states(region).send(new DescribeStateMachineCommand({ stateMachineArn }), { abortSignal }),
    'states:ListExecutions': (abortSignal) => clients.states(region).send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 1 }), { abortSignal }),
    // A dry run checks the permission and runs nothing.
    'lambda:InvokeFunction': (abortSignal) => clients.lambda(region).send(new InvokeCommand({ FunctionName: resources?.functions['observe'] ?? '', InvocationType: 'DryRun' }), { abortSignal }),
    'lambda:GetAccountSettings': (abortSignal) => clients.lambda(region).send(new GetAccountSettingsCommand({}), { abortSignal }),
    'cloudwatch:GetMetricData': (abortSignal) => clients.cloudwatch(region).send(new GetMetricDataCommand({
      MetricDataQueries: [{ Id: 'started', MetricStat: { Metric: { Namespace: 'AWS/States', MetricName: 'ExecutionsStarted', Dimensions: [{ Name: 'StateMachineArn', Value: stateMachineArn }] }, Period: 60, Stat: 'Sum' } }],
      StartTime: new Date(now.getTime() - 300_000), EndTime: now,
    }), { abortSignal }),
    'ssm:GetParameter': (abortSignal) => clients.ssm(region).send(new GetParameterCommand({ Name: descriptionParameter(deployment) }), { abortSignal }),
  };
}

/** The stacks name everything after the app, and a deployment may be registered under another name. */
export function descriptionParameter(deployment: Pick<Deployment, 'ledgerTable'>): string {
  return `/${deployment.ledgerTable.replace(/-ledger$/, '')}/deployment`;
}
