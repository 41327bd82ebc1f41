import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { keyStatements } from './encryption.js';
import { namesOf } from './names.js';
import type { Settings } from './settings.js';

/**
 * New inputs start the ingest function. Nothing on the way may be lost: the bus keeps trying for a day, the function is
 * tried again after a failure, and what still fails is kept in the dead-letter queue.
 */
export class InputArrival extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, region: string, ingest: lambda.Function, deadLetters: sqs.IQueue) {
    super(scope, id);
    const names = namesOf(settings);
    // By the name that it has, so that the key that goes with it is found.
    const keeping = new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [names.deadLetterQueueArn(region)] });
    for (const statement of [keeping, ...keyStatements(settings, [keeping])]) ingest.addToRolePolicy(statement);
    new events.Rule(this, 'Rule', {
      ruleName: `${settings.app}-input-arrived`,
      description: 'New objects under input/ start the ingest function',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [names.bucket(region)] }, object: { key: [{ prefix: 'input/' }] } },
      },
      targets: [new targets.LambdaFunction(ingest, { deadLetterQueue: deadLetters, retryAttempts: 185, maxEventAge: Duration.hours(24) })],
    });
    new lambda.EventInvokeConfig(this, 'Retries', {
      function: ingest,
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      // The ready-made destination would grant more than sending.
      onFailure: { bind: () => ({ destination: deadLetters.queueArn }) },
    });
  }
}

/**
 * Every execution of the job state machine that ends badly is told to the function that writes its row. What is lost on
 * the way is found by the sweep.
 */
export class JobFailure extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, region: string, fail: lambda.Function, deadLetters: sqs.IQueue) {
    super(scope, id);
    new events.Rule(this, 'Rule', {
      ruleName: `${settings.app}-job-failed`,
      description: 'Executions that failed, timed out or were stopped are written into the ledger',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [namesOf(settings).stateMachineArn(region)], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
      targets: [new targets.LambdaFunction(fail, { deadLetterQueue: deadLetters, retryAttempts: 185, maxEventAge: Duration.hours(24) })],
    });
  }
}

/**
 * Runs a function every so many minutes. A run that fails is not repeated: the next one comes soon and does the same
 * work, while a backlog of late runs would only pile up on a Region that comes back.
 */
export class EveryMinutes extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, minutes: number, target: lambda.Function) {
    super(scope, id);
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': settings.account } } }),
    });
    role.addToPolicy(new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [target.functionArn] }));
    const schedule = new scheduler.CfnSchedule(this, 'Schedule', {
      name: `${settings.app}-${id.toLowerCase()}`,
      scheduleExpression: minutes === 1 ? 'rate(1 minute)' : `rate(${minutes} minutes)`,
      flexibleTimeWindow: { mode: 'OFF' },
      target: { arn: target.functionArn, roleArn: role.roleArn, retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 } },
    });
    schedule.node.addDependency(role);
    new lambda.EventInvokeConfig(this, 'Retries', { function: target, retryAttempts: 0, maxEventAge: Duration.minutes(1) });
  }
}
