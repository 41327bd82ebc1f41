import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { required } from './environment.js';
import type { Runtime } from './runtime.js';

/** SNS refuses longer subjects, and any but printable ASCII. */
const maxSubjectCharacters = 100;

/** A subject that SNS takes. The whole text stands in the message, so nothing is lost but looks. */
export function topicSubject(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, maxSubjectCharacters);
}

/** Tells the operators through the Region's alert topic. */
export function alertFrom(runtime: Runtime): (subject: string, message: string) => Promise<void> {
  const sns = new SNSClient(runtime.client({ requestTimeoutMs: 5000 }));
  const topicArn = required(runtime.environment, 'TOPIC_ARN');
  return async (subject, message) => {
    await sns.send(new PublishCommand({ TopicArn: topicArn, Subject: topicSubject(subject), Message: message }));
  };
}
