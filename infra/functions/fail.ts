import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { JobRunInput } from '../../src/core/job.js';
import { type Environment, required } from '../pipeline/environment.js';
import { type CaughtError, fail } from '../pipeline/fail.js';
import { type BuildOptions, createRuntime, onFirstCall } from '../pipeline/runtime.js';

/** SNS refuses longer subjects, and any but printable ASCII. */
const maxSubjectCharacters = 100;

export function build(environment: Environment, options?: BuildOptions): (event: { run: JobRunInput; error: CaughtError }) => Promise<{ recorded: boolean }> {
  const runtime = createRuntime(environment, 'fail', options);
  const sns = new SNSClient(runtime.client({ requestTimeoutMs: 5000 }));
  const topicArn = required(environment, 'TOPIC_ARN');
  const ports = {
    ...runtime,
    ledger: runtime.ledger(),
    alert: async (subject: string, message: string): Promise<void> => {
      await sns.send(new PublishCommand({ TopicArn: topicArn, Subject: subject.slice(0, maxSubjectCharacters), Message: message }));
    },
  };
  return ({ run, error }) => fail(run, error, ports);
}

export const handler = onFirstCall(() => build(process.env));
