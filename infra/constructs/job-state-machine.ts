import { RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { jobDefinition } from '../workflows/job.js';
import { keyOf, keyStatements } from './encryption.js';
import { namesOf } from './names.js';
import type { Settings } from './settings.js';

/** The functions that the definition calls. */
export const jobSteps = ['split', 'process-part', 'merge', 'commit', 'notify'] as const;

/** The definition for one Region. Its ARNs are computed, so it is plain text that validators and tests can read. */
export function jobDefinitionFor(settings: Settings, region: string): object {
  const names = namesOf(settings);
  const functionArns = Object.fromEntries(jobSteps.map((step) => [step, names.functionArn(step, region)])) as Record<(typeof jobSteps)[number], string>;
  return jobDefinition({ functionArns, bucket: names.bucket(region) });
}

/** The job state machine of a Region, with its log group and a role that reaches its own functions and work objects. */
export class JobStateMachine extends Construct {
  readonly stateMachine: sfn.StateMachine;

  constructor(scope: Construct, id: string, settings: Settings, region: string) {
    super(scope, id);
    const names = namesOf(settings);
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('states.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': settings.account }, ArnLike: { 'aws:SourceArn': `arn:aws:states:${region}:${settings.account}:stateMachine:*` } },
      }),
    });
    const statements = permissions(settings, region);
    for (const statement of [...statements, ...keyStatements(settings, statements)]) role.addToPolicy(statement);
    const encryptionKey = keyOf(this, 'Key', settings, region);
    this.stateMachine = new sfn.StateMachine(this, 'StateMachine', {
      stateMachineName: names.stateMachine,
      definitionBody: sfn.DefinitionBody.fromString(JSON.stringify(jobDefinitionFor(settings, region))),
      role,
      tracingEnabled: true,
      logs: {
        // The prefix keeps Step Functions from adding a statement a group to the account's log resource policy.
        destination: new logs.LogGroup(this, 'Logs', {
          logGroupName: `/aws/vendedlogs/states/${names.stateMachine}`,
          retention: logs.RetentionDays.ONE_MONTH,
          removalPolicy: RemovalPolicy.DESTROY,
          ...(encryptionKey ? { encryptionKey } : {}),
        }),
        level: sfn.LogLevel.ALL,
        // Keys of inputs are business data, and the ledger has them already.
        includeExecutionData: false,
      },
    });
  }
}

function permissions(settings: Settings, region: string): iam.PolicyStatement[] {
  const names = namesOf(settings);
  return [
    new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: jobSteps.map((step) => names.functionArn(step, region)) }),
    // A Distributed Map starts its children as executions of this very state machine, and reads its items from the manifest;
    // what it needs on which ARN is what the CDK gives to a DistributedMap of its own.
    new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [names.stateMachineArn(region)] }),
    new iam.PolicyStatement({ actions: ['states:DescribeExecution', 'states:StopExecution'], resources: [names.executionArns(region)] }),
    new iam.PolicyStatement({ actions: ['states:RedriveExecution'], resources: [names.mapExecutionArns(region)] }),
    new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [`${names.bucketArn(region)}/work/*`] }),
  ];
}
