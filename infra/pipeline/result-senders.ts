import { SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { SigningCredentials } from '../../src/aws/presign/presign.js';
import { topicSubject } from './alerts.js';
import { required } from './environment.js';
import type { Mail, NotifyPorts } from './notify.js';
import type { Runtime } from './runtime.js';

/** Neither service knows a repeated request from a second one, so both clients try once and no more. */
const onceOnly = { maxAttempts: 1, requestTimeoutMs: 10_000 };

export interface ResultSender {
  send: NotifyPorts['send'];
  /** The function's own, which also sign the links in the message. */
  credentials(): Promise<SigningCredentials>;
}

/** How this deployment tells a job's result: through its topic where it has one, else by e-mail. */
export function resultSender(runtime: Runtime): ResultSender {
  return runtime.environment['RESULTS_TOPIC_ARN'] ? topicSender(runtime) : mailSender(runtime);
}

function mailSender(runtime: Runtime): ResultSender {
  const ses = new SESv2Client(runtime.client(onceOnly));
  const send = async ({ subject, text, jobId }: Mail): Promise<void> => {
    await ses.send(new SendEmailCommand({
      FromEmailAddress: required(runtime.environment, 'NOTIFY_FROM'),
      Destination: { ToAddresses: [required(runtime.environment, 'NOTIFY_TO')] },
      Content: { Simple: { Subject: { Data: subject, Charset: 'UTF-8' }, Body: { Text: { Data: text, Charset: 'UTF-8' } } } },
      EmailTags: [{ Name: 'job', Value: jobId }],
    }));
  };
  return { send, credentials: () => ses.config.credentials() };
}

/** One message to the topic, whoever and however many have subscribed; `job` lets a subscriber filter. */
function topicSender(runtime: Runtime): ResultSender {
  const sns = new SNSClient(runtime.client(onceOnly));
  const topicArn = required(runtime.environment, 'RESULTS_TOPIC_ARN');
  const send = async ({ subject, text, jobId }: Mail): Promise<void> => {
    await sns.send(new PublishCommand({ TopicArn: topicArn, Subject: topicSubject(subject), Message: text, MessageAttributes: { job: { DataType: 'String', StringValue: jobId } } }));
  };
  return { send, credentials: () => sns.config.credentials() };
}
