import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { BatchFunction } from './batch-function.js';
import { codePath } from './code.js';
import { keyOf, keyStatements } from './encryption.js';
import { namesOf, peerOf } from './names.js';
import { operateGrants } from './operate-grants.js';
import type { Settings } from './settings.js';
import { EveryMinutes } from './triggers.js';

/**
 * A Region that takes over by itself (`-c autoFailover=true`; off unless asked for). Every minute it looks at its own
 * composite alarm about the other Region, and while that is on it judges by the rules of `guard --auto`.
 */
export class AutomaticFailover extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, region: string, codeRoot: string, codeVersion: string) {
    super(scope, id);
    const names = namesOf(settings);
    const peer = peerOf(settings, region);
    const grants = operateGrants(settings, region);
    const { function: guard } = new BatchFunction(this, 'guard', {
      functionName: `${settings.app}-guard`,
      description: 'Moves the pipeline to this Region by itself when the other one is impaired',
      codePath: codePath(codeRoot, 'guard'),
      memoryMegabytes: 1769,
      timeoutSeconds: 290,
      encryptionKey: keyOf(this, 'Key', settings, region),
      environment: {
        DEPLOYMENT: settings.app, CODE_VERSION: codeVersion, OTHER_REGION: peer, LEDGER_TABLE: names.ledgerTable,
        TOPIC_ARN: names.alertTopicArn(region), OTHER_IMPAIRED_ALARM: names.alarm('other-impaired'),
      },
      statements: [
        ...grants,
        ...keyStatements(settings, grants),
        // CloudWatch tells of composite alarms only to whoever may describe all (API reference of DescribeAlarms).
        new iam.PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] }),
      ],
    });
    // What it remembers is written by one invocation at a time; the look of a minute in which it is busy is not missed.
    (guard.node.defaultChild as lambda.CfnFunction).reservedConcurrentExecutions = 1;
    new EveryMinutes(this, 'Guard', settings, 1, guard);
  }
}
