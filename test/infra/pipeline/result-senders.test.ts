import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { resultSender } from '../../../infra/pipeline/result-senders.js';
import { createRuntime } from '../../../infra/pipeline/runtime.js';

interface Request { hostname: string; body: string | Uint8Array }

const textOf = (request: Request | undefined): string => Buffer.from(request?.body ?? '').toString('utf8');

const published = '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>';
const environment = { AWS_REGION: 'us-east-1', OTHER_REGION: 'us-west-2', DEPLOYMENT: 'batchctl', NOTIFY_FROM: 'batch@example.com', NOTIFY_TO: 'team@example.com' };
const topic = 'arn:aws:sns:us-east-1:111122223333:batchctl-results';
const mail = { subject: 'Bestellungen März.csv: 3 rows, 0 rejected', text: 'done: März', jobId: '0123abcd' };

/** A network that answers every request with the same, and remembers them. */
function network(statusCode: number, body: string) {
  const requests: Request[] = [];
  const requestHandler = {
    handle: (request: Request) => {
      requests.push(request);
      return Promise.resolve({ response: { statusCode, headers: { 'content-type': 'text/xml' }, body: Readable.from([Buffer.from(body)]) } });
    },
  };
  const runtime = (more: Record<string, string>) => createRuntime({ ...environment, ...more }, 'notify', { requestHandler: requestHandler as never, credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' } });
  return { requests, runtime };
}

describe('a deployment with a topic for results', () => {
  it('publishes once, with the job to filter by, and a subject that SNS takes', async () => {
    const { requests, runtime } = network(200, published);
    await resultSender(runtime({ RESULTS_TOPIC_ARN: topic })).send(mail);
    expect(requests.map((each) => each.hostname)).toEqual(['sns.us-east-1.amazonaws.com']);
    const sent = new URLSearchParams(textOf(requests[0]));
    expect(Object.fromEntries(sent)).toMatchObject({
      Action: 'Publish', TopicArn: topic, Message: 'done: März', Subject: 'Bestellungen M?rz.csv: 3 rows, 0 rejected',
      'MessageAttributes.entry.1.Name': 'job', 'MessageAttributes.entry.1.Value.StringValue': '0123abcd',
    });
  });

  it('does not try again: SNS could not tell a repetition from a second message', async () => {
    const { requests, runtime } = network(500, '<ErrorResponse><Error><Code>InternalError</Code></Error></ErrorResponse>');
    await expect(resultSender(runtime({ RESULTS_TOPIC_ARN: topic })).send(mail)).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
    expect(requests).toHaveLength(1);
  });

  it('signs links with the credentials that it sends with', async () => {
    expect(await resultSender(network(200, published).runtime({ RESULTS_TOPIC_ARN: topic })).credentials()).toMatchObject({ accessKeyId: 'AKIDEXAMPLE' });
  });
});

describe('a deployment without one', () => {
  it('sends an e-mail', async () => {
    const { requests, runtime } = network(200, '{"MessageId":"1"}');
    await resultSender(runtime({})).send(mail);
    expect(requests.map((each) => each.hostname)).toEqual(['email.us-east-1.amazonaws.com']);
    expect(JSON.parse(textOf(requests[0]))).toMatchObject({ FromEmailAddress: 'batch@example.com', Destination: { ToAddresses: ['team@example.com'] }, Content: { Simple: { Subject: { Data: mail.subject } } } });
  });
});
