import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { DeleteBucketReplicationCommand, PutBucketReplicationCommand, S3Client } from '@aws-sdk/client-s3';
import { type DescribeClusterCommand, Route53RecoveryControlConfigClient } from '@aws-sdk/client-route53-recovery-control-config';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { handler } from '../../../infra/functions/resources.js';

interface Answered {
  path: string;
  contentType: string | undefined;
  body: { Status: string; Reason?: string; PhysicalResourceId: string; Data?: Record<string, string>; RequestId: string; StackId: string; LogicalResourceId: string };
}

let server: http.Server;
const answers: Answered[] = [];
const statuses: number[] = [];
const signedUrl = 'https://cloudformation-custom-resource-response-uswest2.s3.us-west-2.amazonaws.com/answer?X-Amz-Signature=secret';

beforeAll(async () => {
  server = http.createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      answers.push({ path: incoming.url ?? '', contentType: incoming.headers['content-type'], body: JSON.parse(Buffer.concat(chunks).toString('utf8')) as Answered['body'] });
      outgoing.writeHead(statuses.shift() ?? 200).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

beforeEach(() => {
  answers.length = 0;
  statuses.length = 0;
  const { port } = server.address() as AddressInfo;
  // Keeps the real host name in the request and dials the server above instead.
  vi.spyOn(https.Agent.prototype, 'createConnection').mockImplementation(() => net.connect(port, '127.0.0.1'));
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});

afterEach(() => { vi.restoreAllMocks(); });

const context = { logStreamName: '2026/11/21/[$LATEST]stream' } as Context;
const replication = { Role: 'arn:aws:iam::111122223333:role/replication', Rules: [{ ID: 'to-home', Priority: 1, Status: 'Enabled', Destination: { Bucket: 'arn:aws:s3:::home' } }] };

function event(change: Record<string, unknown>): CloudFormationCustomResourceEvent {
  return {
    RequestType: 'Create',
    ServiceToken: 'arn:aws:lambda:us-west-2:111122223333:function:batchctl-resources',
    ResponseURL: signedUrl,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'StandbyReplication',
    ResourceType: 'Custom::BucketReplication',
    ResourceProperties: { ServiceToken: 'token', Bucket: 'standby', BucketRegion: 'us-west-2', Configuration: JSON.stringify(replication) },
    ...change,
  } as CloudFormationCustomResourceEvent;
}

function onS3(answer: () => unknown = () => ({})) {
  return vi.spyOn(S3Client.prototype, 'send').mockImplementation((() => Promise.resolve().then(answer)) as never);
}

describe('bucket replication', () => {
  it.each(['Create', 'Update'])('is put on %s, and answered under the name of the bucket', async (RequestType) => {
    const send = onS3();
    await handler(event({ RequestType, PhysicalResourceId: 'standby' }), context);
    const command = send.mock.calls[0]![0] as unknown as PutBucketReplicationCommand;
    expect(command).toBeInstanceOf(PutBucketReplicationCommand);
    expect(command.input).toEqual({ Bucket: 'standby', ReplicationConfiguration: replication });
    expect(answers).toHaveLength(1);
    expect(answers[0]).toMatchObject({
      path: '/answer?X-Amz-Signature=secret',
      contentType: '',
      body: { Status: 'SUCCESS', PhysicalResourceId: 'standby', RequestId: 'request', StackId: 'stack', LogicalResourceId: 'StandbyReplication' },
    });
  });

  it('is taken away when the resource is', async () => {
    const send = onS3();
    await handler(event({ RequestType: 'Delete', PhysicalResourceId: 'standby' }), context);
    expect(send.mock.calls[0]![0]).toBeInstanceOf(DeleteBucketReplicationCommand);
    expect(answers[0]!.body.Status).toBe('SUCCESS');
  });

  it('may go after its bucket has gone', async () => {
    onS3(() => { throw Object.assign(new Error('The specified bucket does not exist'), { name: 'NoSuchBucket' }); });
    await handler(event({ RequestType: 'Delete', PhysicalResourceId: 'standby' }), context);
    expect(answers[0]!.body.Status).toBe('SUCCESS');
  });

  it('touches no bucket when a creation that failed is rolled back', async () => {
    const send = onS3();
    await handler(event({ RequestType: 'Delete', PhysicalResourceId: 'not-created-StandbyReplication' }), context);
    expect(send).not.toHaveBeenCalled();
    expect(answers[0]!.body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'not-created-StandbyReplication' });
  });

  it('tells CloudFormation why it failed', async () => {
    onS3(() => { throw Object.assign(new Error('versioning is off'), { name: 'InvalidRequest' }); });
    await handler(event({}), context);
    expect(answers[0]!.body).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'not-created-StandbyReplication' });
    expect(answers[0]!.body.Reason).toContain('InvalidRequest: versioning is off');
  });
});

describe('cluster endpoints', () => {
  const endpoints = (change: Record<string, unknown> = {}): CloudFormationCustomResourceEvent =>
    event({ ResourceType: 'Custom::ClusterEndpoints', LogicalResourceId: 'ClusterEndpoints', ResourceProperties: { ServiceToken: 'token', ClusterArn: 'arn:cluster' }, ...change });

  it('become one attribute a Region', async () => {
    const send = vi.spyOn(Route53RecoveryControlConfigClient.prototype, 'send').mockImplementation((() => Promise.resolve({
      Cluster: { Status: 'DEPLOYED', ClusterEndpoints: [{ Region: 'us-east-1', Endpoint: 'https://a/v1' }, { Region: 'ap-northeast-1', Endpoint: 'https://b/v1' }] },
    })) as never);
    await handler(endpoints(), context);
    expect((send.mock.calls[0]![0] as unknown as DescribeClusterCommand).input).toEqual({ ClusterArn: 'arn:cluster' });
    expect(answers[0]!.body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'arn:cluster', Data: { EndpointUsEast1: 'https://a/v1', EndpointApNortheast1: 'https://b/v1' } });
  });

  it('are a failure when there are none', async () => {
    vi.spyOn(Route53RecoveryControlConfigClient.prototype, 'send').mockImplementation((() => Promise.resolve({ Cluster: { Status: 'PENDING' } })) as never);
    await handler(endpoints(), context);
    expect(answers[0]!.body).toMatchObject({ Status: 'FAILED' });
    expect(answers[0]!.body.Reason).toContain('PENDING');
  });

  it('need no call to go', async () => {
    const send = vi.spyOn(Route53RecoveryControlConfigClient.prototype, 'send');
    await handler(endpoints({ RequestType: 'Delete', PhysicalResourceId: 'arn:cluster' }), context);
    expect(send).not.toHaveBeenCalled();
    expect(answers[0]!.body.Status).toBe('SUCCESS');
  });
});

describe('the answer', () => {
  it('is given again after a failure', async () => {
    onS3();
    statuses.push(503);
    await handler(event({}), context);
    expect(answers.map((answer) => answer.body.Status)).toEqual(['SUCCESS', 'SUCCESS']);
  });

  it('never lets the signed URL into a log', async () => {
    onS3(() => { throw new Error('no'); });
    await handler(event({}), context);
    const logged = JSON.stringify([vi.mocked(console.log).mock.calls, vi.mocked(console.error).mock.calls]);
    expect(logged).toContain('custom resource failed');
    expect(logged).not.toMatch(/X-Amz-Signature|secret/);
  });
});
