import { CloudWatchClient, DescribeAlarmsCommand, GetDashboardCommand, GetMetricDataCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { ConditionalCheckFailedException, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import { Route53RecoveryClusterClient, UpdateRoutingControlStatesCommand } from '@aws-sdk/client-route53-recovery-cluster';
import { DescribeClusterCommand, ListRoutingControlsCommand, Route53RecoveryControlConfigClient } from '@aws-sdk/client-route53-recovery-control-config';
import { SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { DescribeExecutionCommand, ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetQueueUrlCommand, QueueDoesNotExist, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { cbor } from '@smithy/core/cbor';
import { HttpRequest } from '@smithy/core/protocols';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { AwsError, type CallContext, type Operation } from '../../../src/sandbox/service.js';
import { wireServices, catalogEntry } from '../../../src/sandbox/wire/catalog.js';
import type { RunningWorld } from '../../../src/sandbox/assemble-world.js';
import { clientOf, fakeService, testWorld } from './fixture.js';

const at = new Date('2026-11-21T06:15:00.000Z');

/** A world with one service of one operation, and what that operation was called with. */
function worldWith(service: string, operation: string, answer: unknown): { world: RunningWorld; inputs: unknown[]; calls: CallContext[] } {
  const inputs: unknown[] = [];
  const calls: CallContext[] = [];
  const run: Operation = async (input, call) => {
    inputs.push(input);
    calls.push(call);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { world: testWorld([fakeService(service, { [operation]: run })]), inputs, calls };
}

describe('JSON services', () => {
  it('DynamoDB: attribute values with bytes, errors with their members', async () => {
    const item = { pk: { S: 'a' }, n: { N: '12' }, b: { B: new Uint8Array([1, 2]) }, l: { L: [{ BOOL: true }, { NULL: true as const }] } };
    const { world, inputs } = worldWith('dynamodb', 'GetItem', { Item: item });
    const client = new DynamoDBClient(clientOf(world));
    const answer = await client.send(new GetItemCommand({ TableName: 't', Key: { pk: { B: new Uint8Array([9]) } }, ConsistentRead: true }));
    expect(answer.Item).toEqual(item);
    expect(inputs).toEqual([{ TableName: 't', Key: { pk: { B: new Uint8Array([9]) } }, ConsistentRead: true }]);

    const failing = worldWith('dynamodb', 'PutItem', new AwsError('ConditionalCheckFailedException', 'The conditional request failed', { members: { Item: item } }));
    const failure: unknown = await new DynamoDBClient(clientOf(failing.world)).send(new PutItemCommand({ TableName: 't', Item: item })).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConditionalCheckFailedException);
    expect(failure).toMatchObject({ message: 'The conditional request failed', Item: item });
  });

  it('Step Functions: dates out, modelled errors', async () => {
    const { world } = worldWith('states', 'DescribeExecution', { executionArn: 'arn:e', stateMachineArn: 'arn:m', status: 'RUNNING', startDate: at });
    expect(await new SFNClient(clientOf(world)).send(new DescribeExecutionCommand({ executionArn: 'arn:e' }))).toMatchObject({ status: 'RUNNING', startDate: at });
    const failing = worldWith('states', 'StartExecution', new AwsError('ExecutionAlreadyExists', 'Execution Already Exists'));
    await expect(new SFNClient(clientOf(failing.world)).send(new StartExecutionCommand({ stateMachineArn: 'arn:m', name: 'n' }))).rejects.toBeInstanceOf(ExecutionAlreadyExists);
  });

  it('SSM and SQS: plain answers, and the old query code beside the new error', async () => {
    const { world } = worldWith('ssm', 'GetParameter', { Parameter: { Name: '/a', Value: '{"x":1}', LastModifiedDate: at } });
    expect((await new SSMClient(clientOf(world)).send(new GetParameterCommand({ Name: '/a' }))).Parameter).toEqual({ Name: '/a', Value: '{"x":1}', LastModifiedDate: at });
    const missing = worldWith('sqs', 'GetQueueUrl', new AwsError('QueueDoesNotExist', 'The specified queue does not exist.'));
    const failure: unknown = await new SQSClient(clientOf(missing.world)).send(new GetQueueUrlCommand({ QueueName: 'q' })).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(QueueDoesNotExist);
    expect(failure).toMatchObject({ Code: 'AWS.SimpleQueueService.NonExistentQueue' });
    const byOldName = worldWith('sqs', 'SendMessage', new AwsError('AWS.SimpleQueueService.NonExistentQueue', 'The specified queue does not exist.'));
    await expect(new SQSClient(clientOf(byOldName.world)).send(new SendMessageCommand({ QueueUrl: 'https://sqs.us-east-1.amazonaws.com/1/q', MessageBody: 'x' }))).rejects.toBeInstanceOf(QueueDoesNotExist);
  });

  it('CloudWatch: series both ways, errors by their query code', async () => {
    const series = { MetricDataResults: [{ Id: 'm', StatusCode: 'PartialData', Timestamps: [at], Values: [1.5] }], Messages: [] };
    const { world, inputs } = worldWith('monitoring', 'GetMetricData', series);
    const query = { StartTime: new Date(at.getTime() - 60_000), EndTime: at, MetricDataQueries: [{ Id: 'm', MetricStat: { Metric: { Namespace: 'AWS/S3', MetricName: 'ReplicationLatency', Dimensions: [{ Name: 'RuleId', Value: 'r' }] }, Period: 60, Stat: 'Maximum' } }] };
    expect(await new CloudWatchClient(clientOf(world)).send(new GetMetricDataCommand(query))).toMatchObject(series);
    expect(inputs).toEqual([query]);
    const failing = worldWith('monitoring', 'GetDashboard', new AwsError('DashboardNotFoundError', 'Dashboard d does not exist'));
    await expect(new CloudWatchClient(clientOf(failing.world)).send(new GetDashboardCommand({ DashboardName: 'd' }))).rejects.toMatchObject({ name: 'ResourceNotFound', message: 'Dashboard d does not exist', $metadata: { httpStatusCode: 404 } });
    const empty = worldWith('monitoring', 'PutMetricData', undefined);
    await new CloudWatchClient(clientOf(empty.world)).send(new PutMetricDataCommand({ Namespace: 'n', MetricData: [{ MetricName: 'm', Value: 1, Timestamp: at }] }));
    expect(empty.inputs).toEqual([{ Namespace: 'n', MetricData: [{ MetricName: 'm', Value: 1, Timestamp: at }] }]);
  });

  it('ARC: each endpoint is a domain of its own, an empty answer is an answer', async () => {
    const { world, calls } = worldWith('route53-recovery-cluster', 'UpdateRoutingControlStates', {});
    const client = new Route53RecoveryClusterClient({ ...clientOf(world, { region: 'ap-northeast-1' }), endpoint: 'https://0a1b2c3d.route53-recovery-cluster.ap-northeast-1.amazonaws.com/v1' });
    await client.send(new UpdateRoutingControlStatesCommand({ UpdateRoutingControlStateEntries: [{ RoutingControlArn: 'arn:r', RoutingControlState: 'On' }] }));
    expect(calls[0]).toMatchObject({ region: 'ap-northeast-1', domain: 'arc:ap-northeast-1' });
    const failing = worldWith('route53-recovery-cluster', 'UpdateRoutingControlStates', new AwsError('ConflictException', 'rule arn:s', { status: 409 }));
    const other = new Route53RecoveryClusterClient({ ...clientOf(failing.world, { region: 'us-west-2' }), endpoint: 'https://0a1b2c3d.route53-recovery-cluster.us-west-2.amazonaws.com/v1' });
    await expect(other.send(new UpdateRoutingControlStatesCommand({ UpdateRoutingControlStateEntries: [] }))).rejects.toMatchObject({ name: 'ConflictException', message: 'rule arn:s' });
  });
});

describe('REST services in JSON', () => {
  it('Lambda: raw payloads, headers, the function that is not there', async () => {
    const { world, inputs } = worldWith('lambda', 'Invoke', { StatusCode: 200, FunctionError: 'Unhandled', Payload: Buffer.from('{"errorMessage":"x"}'), ExecutedVersion: '$LATEST' });
    const answer = await new LambdaClient(clientOf(world)).send(new InvokeCommand({ FunctionName: 'app-ingest', InvocationType: 'RequestResponse', Payload: Buffer.from('{"a":1}') }));
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled', ExecutedVersion: '$LATEST' });
    expect(answer.Payload?.transformToString()).toBe('{"errorMessage":"x"}');
    const [input] = inputs as [{ FunctionName: string; InvocationType: string; Payload: Uint8Array }];
    expect(input).toMatchObject({ FunctionName: 'app-ingest', InvocationType: 'RequestResponse' });
    expect(Buffer.from(input.Payload).toString()).toBe('{"a":1}');
    const queued = worldWith('lambda', 'Invoke', { StatusCode: 202 });
    expect((await new LambdaClient(clientOf(queued.world)).send(new InvokeCommand({ FunctionName: 'f', InvocationType: 'Event' }))).StatusCode).toBe(202);
    const failing = worldWith('lambda', 'Invoke', new AwsError('ResourceNotFoundException', 'Function not found', { members: { Type: 'User' } }));
    const failure: unknown = await new LambdaClient(clientOf(failing.world)).send(new InvokeCommand({ FunctionName: 'f' })).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ResourceNotFoundException);
    expect(failure).toMatchObject({ message: 'Function not found', Type: 'User', $metadata: { httpStatusCode: 404 } });
  });

  it('SES: nested bodies', async () => {
    const { world, inputs } = worldWith('ses', 'SendEmail', { MessageId: 'm-1' });
    const mail = { FromEmailAddress: 'a@example.com', Destination: { ToAddresses: ['b@example.com'] }, Content: { Simple: { Subject: { Data: 'ü' }, Body: { Text: { Data: 't' } } } } };
    expect((await new SESv2Client(clientOf(world)).send(new SendEmailCommand(mail))).MessageId).toBe('m-1');
    expect(inputs).toEqual([mail]);
  });

  it('recovery control configuration: the client without schemas', async () => {
    const arn = 'arn:aws:route53-recovery-control::111122223333:cluster/c-1';
    const { world, inputs } = worldWith('route53-recovery-control-config', 'DescribeCluster', { Cluster: { ClusterArn: arn, ClusterEndpoints: [{ Endpoint: 'https://x/v1', Region: 'us-east-1' }], Status: 'DEPLOYED' } });
    const settings = clientOf(world, { region: 'us-west-2' });
    const answer = await new Route53RecoveryControlConfigClient(settings).send(new DescribeClusterCommand({ ClusterArn: arn }));
    expect(answer.Cluster).toMatchObject({ ClusterArn: arn, ClusterEndpoints: [{ Endpoint: 'https://x/v1', Region: 'us-east-1' }] });
    expect(inputs).toEqual([{ ClusterArn: arn }]);
    const failing = worldWith('route53-recovery-control-config', 'ListRoutingControls', new AwsError('ResourceNotFoundException', 'no such panel', { status: 404 }));
    const list = new ListRoutingControlsCommand({ ControlPanelArn: 'arn:p/q', MaxResults: 5 });
    await expect(new Route53RecoveryControlConfigClient(clientOf(failing.world, { region: 'us-west-2' })).send(list)).rejects.toMatchObject({ name: 'ResourceNotFoundException', message: 'no such panel' });
    expect(failing.inputs).toEqual([{ ControlPanelArn: 'arn:p/q', MaxResults: 5 }]);
  });
});

describe('query services', () => {
  it('SNS: maps and structures from a form, XML back', async () => {
    const { world, inputs } = worldWith('sns', 'Publish', { MessageId: 'm & 1' });
    const message = { TopicArn: 'arn:t', Message: 'a b+c=&ü', MessageAttributes: { kind: { DataType: 'String', StringValue: 'x' } } };
    expect((await new SNSClient(clientOf(world)).send(new PublishCommand(message))).MessageId).toBe('m & 1');
    expect(inputs).toEqual([message]);
    const failing = worldWith('sns', 'Publish', new AwsError('NotFoundException', 'Topic does not exist', { status: 404 }));
    await expect(new SNSClient(clientOf(failing.world)).send(new PublishCommand(message))).rejects.toMatchObject({ name: 'NotFoundException', message: 'Topic does not exist', $metadata: { httpStatusCode: 404 } });
  });

  it('STS: who am I, and refusal of a role that is not there', async () => {
    const client = new STSClient(clientOf(testWorld()));
    expect(await client.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: '111122223333', Arn: 'arn:aws:iam::111122223333:user/operator-admin' });
    await expect(client.send(new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::111122223333:role/none', RoleSessionName: 'session' }))).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('other protocols of the same services', () => {
  /** A request as another language's SDK would make it. */
  async function send(world: RunningWorld, service: string, host: string, path: string, headers: Record<string, string>, body: Uint8Array): Promise<{ status: number; headers: Record<string, string>; body: Uint8Array }> {
    const signer = new SignatureV4({ service, region: 'us-east-1', credentials: world.iam.operatorKeys(), sha256: Sha256 });
    const signed = await signer.sign(new HttpRequest({ method: 'POST', protocol: 'https:', hostname: host, path, headers: { host, ...headers }, body }));
    const lower = Object.fromEntries(Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value]));
    const answer = await world.handle({ domain: 'any', method: 'POST', url: path, headers: lower, body: Readable.from([body]) });
    return { ...answer, body: answer.body as Uint8Array };
  }

  it('CloudWatch in CBOR', async () => {
    const { world, inputs } = worldWith('monitoring', 'GetMetricData', { MetricDataResults: [{ Id: 'm', Timestamps: [at], Values: [2] }] });
    const body = cbor.serialize({ StartTime: { tag: 1, value: 0 }, MetricDataQueries: [{ Id: 'm', ReturnData: true }] });
    const headers = { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' };
    const answer = await send(world, 'monitoring', 'monitoring.us-east-1.amazonaws.com', '/service/GraniteServiceVersion20100801/operation/GetMetricData', headers, body);
    expect(answer.status).toBe(200);
    expect(inputs).toMatchObject([{ MetricDataQueries: [{ Id: 'm', ReturnData: true }] }]);
    const decoded = cbor.deserialize(answer.body) as { MetricDataResults: { Id: string; Timestamps: { value: number }[] }[] };
    expect(decoded.MetricDataResults[0]).toMatchObject({ Id: 'm', Timestamps: [{ value: at.getTime() / 1000 }] });
  });

  it('CloudWatch as a form', async () => {
    const { world, inputs } = worldWith('monitoring', 'DescribeAlarms', { MetricAlarms: [{ AlarmName: 'a<b', StateValue: 'OK', StateUpdatedTimestamp: at }] });
    const form = Buffer.from('Action=DescribeAlarms&Version=2010-08-01&AlarmNames.member.2=two+words&AlarmNames.member.1=one&MaxRecords=5');
    const answer = await send(world, 'monitoring', 'monitoring.us-east-1.amazonaws.com', '/', { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, form);
    expect(inputs).toEqual([{ AlarmNames: ['one', 'two words'], MaxRecords: 5 }]);
    expect(Buffer.from(answer.body).toString()).toContain('<DescribeAlarmsResult><MetricAlarms><member><AlarmName>a&lt;b</AlarmName><StateValue>OK</StateValue><StateUpdatedTimestamp>2026-11-21T06:15:00.000Z</StateUpdatedTimestamp></member></MetricAlarms></DescribeAlarmsResult>');
    const current = new CloudWatchClient(clientOf(world));
    expect((await current.send(new DescribeAlarmsCommand({}))).MetricAlarms).toEqual([{ AlarmName: 'a<b', StateValue: 'OK', StateUpdatedTimestamp: at }]);
  });

  it('EventBridge, which no client package describes', async () => {
    const { world, inputs } = worldWith('events', 'PutEvents', { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] });
    const headers = { 'x-amz-target': 'AWSEvents.PutEvents', 'content-type': 'application/x-amz-json-1.1' };
    const answer = await send(world, 'events', 'events.us-east-1.amazonaws.com', '/', headers, Buffer.from('{"Entries":[{"Source":"s"}]}'));
    expect(inputs).toEqual([{ Entries: [{ Source: 's' }] }]);
    expect(JSON.parse(Buffer.from(answer.body).toString())).toEqual({ FailedEntryCount: 0, Entries: [{ EventId: 'e' }] });
  });
});

describe('the contract with the pinned client packages', () => {
  it.each(wireServices)('%s: every operation has a readable model', async (service) => {
    const model = await catalogEntry(service)?.model();
    if (!model) throw new Error(`${service} has no model`);
    for (const operation of model.operations.values()) {
      expect(operation.input.isUnitSchema() || operation.input.isStructSchema() || operation.input.isDocumentSchema()).toBe(true);
      // A walk over all members fails on a schema of another form.
      if (operation.output.isStructSchema()) for (const [, member] of operation.output.structIterator()) expect(member.getMergedTraits()).toBeTypeOf('object');
    }
    const expected: Record<string, number> = { s3: 100, 's3-control': 90, dynamodb: 50, states: 35, lambda: 80, sqs: 20, sns: 40, ssm: 140, sts: 8, ses: 100, monitoring: 40, 'route53-recovery-cluster': 4 };
    expect(model.operations.size).toBeGreaterThanOrEqual(expected[service] ?? 0);
  });
});
