import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { describe, expect, it, vi } from 'vitest';
import { judgeBySolutionsRules, unexplainedWildcards } from '../../../infra/stacks/rules.js';
import { findings } from './findings.js';
import { synthesise } from './synthesised.js';

/** Eight stacks against some two hundred rules: seconds of work, and more on a machine that others use too. */
vi.setConfig({ testTimeout: 120_000 });

describe('the AWS Solutions rules', () => {
  it('find nothing that is not acknowledged with a reason', () => {
    const { app } = synthesise();
    judgeBySolutionsRules(app);
    expect(findings(app)).toEqual([]);
    expect(unexplainedWildcards(app)).toEqual([]);
  });

  it('find a wildcard that nobody explained, even beside explained ones', () => {
    const { app, stacks } = synthesise();
    new iam.Policy(stacks.regional['us-east-1']!, 'Careless', {
      statements: [
        new iam.PolicyStatement({ actions: ['xray:PutTraceSegments'], resources: ['*'] }),
        new iam.PolicyStatement({ actions: ['s3:DeleteObject'], resources: ['arn:aws:s3:::batchctl-111122223333-us-east-1/input/*'] }),
      ],
    });
    judgeBySolutionsRules(app);
    expect(unexplainedWildcards(app)).toEqual(['batchctl-regional-us-east-1/Careless/Resource: s3:DeleteObject on arn:aws:s3:::batchctl-111122223333-us-east-1/input/*']);
    expect(findings(app)).toEqual(expect.arrayContaining([expect.stringMatching(/^AwsSolutions-IAM5.*Careless/) as string]));
  });

  it('find a topic that takes plain HTTP', () => {
    const { app, stacks } = synthesise();
    new sns.Topic(stacks.regional['us-east-1']!, 'Careless');
    judgeBySolutionsRules(app);
    expect(findings(app)).toEqual(['AwsSolutions-SNS3 batchctl-regional-us-east-1/Careless/Resource']);
  });
});
