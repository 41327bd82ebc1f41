import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { GetAccountSettingsCommand, GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { GetBucketReplicationCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { GetMultiRegionAccessPointRoutesCommand } from '@aws-sdk/client-s3-control';
import { GetAccountCommand, GetEmailIdentityCommand } from '@aws-sdk/client-sesv2';
import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
// Registers the SigV4A signer that the access point needs.
import '@aws-sdk/signature-v4a';
import type { Deployment } from '../../config/schema.js';
import type { AlarmFacts, MailFacts, ReplicationRuleFacts, ResultsTopicFacts } from '../../core/doctor-facts.js';
import { failureKind } from '../../core/failure.js';
import { prefixes } from '../../core/layout.js';
import type { SetupClientFactory } from '../setup-clients.js';
import { descriptionParameter } from './permissions.js';

export async function readDials(clients: SetupClientFactory, { account, mrap }: Deployment, region: string, signal: AbortSignal): Promise<true> {
  await clients.s3Control(region).send(new GetMultiRegionAccessPointRoutesCommand({ AccountId: account, Mrap: mrap.arn }), { abortSignal: signal });
  return true;
}

/** Whether the access point takes what these credentials sign for all Regions: any answer but a refusal to read the signature. */
export async function readThroughAccessPoint(clients: SetupClientFactory, { home, mrap }: Deployment, signal: AbortSignal): Promise<true> {
  try {
    await clients.s3(home).send(new HeadObjectCommand({ Bucket: mrap.arn, Key: `${prefixes.input}doctor-asks-for-nothing` }), { abortSignal: signal });
  } catch (error) {
    if (!['not-found', 'permission'].includes(failureKind(error))) throw error;
  }
  return true;
}

export async function readDescription(clients: SetupClientFactory, deployment: Deployment, region: string, signal: AbortSignal): Promise<Record<string, unknown>> {
  const { Parameter } = await clients.ssm(region).send(new GetParameterCommand({ Name: descriptionParameter(deployment) }), { abortSignal: signal });
  return JSON.parse(Parameter?.Value ?? '{}') as Record<string, unknown>;
}

export async function readQuotas(clients: SetupClientFactory, deployment: Deployment, region: string, signal: AbortSignal): Promise<Record<string, number>> {
  const { AccountLimit } = await clients.lambda(region).send(new GetAccountSettingsCommand({}), { abortSignal: signal });
  const mail = deployment.regions[region]?.resultsTopicArn ? undefined : await clients.ses(region).send(new GetAccountCommand({}), { abortSignal: signal }).catch(() => undefined);
  return {
    'Lambda concurrent executions': AccountLimit?.ConcurrentExecutions ?? 0,
    'Lambda unreserved concurrency': AccountLimit?.UnreservedConcurrentExecutions ?? 0,
    ...(mail?.SendQuota?.Max24HourSend === undefined ? {} : { 'SES mails in 24 hours': mail.SendQuota.Max24HourSend }),
  };
}

export async function readAlarms(clients: SetupClientFactory, deployment: Deployment, region: string, signal: AbortSignal): Promise<AlarmFacts[]> {
  const names = deployment.regions[region]?.alarms ?? [];
  const found: AlarmFacts[] = [];
  // The API takes up to 100 names.
  for (let start = 0; start < names.length; start += 100) {
    const answer = await clients.cloudwatch(region).send(new DescribeAlarmsCommand({ AlarmNames: names.slice(start, start + 100), AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], MaxRecords: 100 }), { abortSignal: signal });
    for (const alarm of [...(answer.MetricAlarms ?? []), ...(answer.CompositeAlarms ?? [])]) {
      found.push({ name: alarm.AlarmName ?? '', actionsEnabled: alarm.ActionsEnabled ?? true, actions: alarm.AlarmActions?.length ?? 0 });
    }
  }
  return found;
}

export async function readReplicationRules(clients: SetupClientFactory, deployment: Deployment, region: string, signal: AbortSignal): Promise<ReplicationRuleFacts[]> {
  try {
    const { ReplicationConfiguration } = await clients.s3(region).send(new GetBucketReplicationCommand({ Bucket: deployment.regions[region]?.bucket ?? '' }), { abortSignal: signal });
    return (ReplicationConfiguration?.Rules ?? []).map((rule) => ({
      id: rule.ID ?? '',
      enabled: rule.Status === 'Enabled',
      destinationBucket: (rule.Destination?.Bucket ?? '').replace(/^arn:[^:]+:s3:::/, ''),
      timeControl: rule.Destination?.ReplicationTime?.Status === 'Enabled',
      metrics: rule.Destination?.Metrics?.Status === 'Enabled',
      replicaModifications: rule.SourceSelectionCriteria?.ReplicaModifications?.Status === 'Enabled',
    }));
  } catch (error) {
    // A bucket without any rule answers so.
    if (failureKind(error) === 'not-found' && (error as Error).name !== 'NoSuchBucket') return [];
    throw error;
  }
}

/** Who tells results in a Region: a topic that the deployment names, or a sender that only the function knows. */
export async function readTeller(clients: SetupClientFactory, deployment: Deployment, region: string, signal: AbortSignal): Promise<MailFacts | ResultsTopicFacts> {
  const topicArn = deployment.regions[region]?.resultsTopicArn;
  if (topicArn === undefined) return readMail(clients, deployment, region, signal);
  const { Attributes = {} } = await clients.sns(region).send(new GetTopicAttributesCommand({ TopicArn: topicArn }), { abortSignal: signal });
  return { topicArn, confirmedSubscriptions: Number(Attributes['SubscriptionsConfirmed'] ?? 0), pendingSubscriptions: Number(Attributes['SubscriptionsPending'] ?? 0) };
}

async function readMail(clients: SetupClientFactory, deployment: Deployment, region: string, signal: AbortSignal): Promise<MailFacts> {
  const { Environment } = await clients.lambda(region).send(new GetFunctionConfigurationCommand({ FunctionName: deployment.regions[region]?.functions['notify'] ?? '' }), { abortSignal: signal });
  const sender = Environment?.Variables?.['NOTIFY_FROM'] ?? '';
  const [identity, account] = await Promise.all([
    clients.ses(region).send(new GetEmailIdentityCommand({ EmailIdentity: sender }), { abortSignal: signal })
      .catch((error: unknown) => { if (failureKind(error) === 'not-found') return undefined; throw error; }),
    clients.ses(region).send(new GetAccountCommand({}), { abortSignal: signal }),
  ]);
  return { sender, verified: identity?.VerifiedForSendingStatus === true, sendingEnabled: account.SendingEnabled === true, productionAccess: account.ProductionAccessEnabled === true };
}
