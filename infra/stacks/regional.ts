import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as ses from 'aws-cdk-lib/aws-ses';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { AutomaticFailover } from '../constructs/automatic-failover.js';
import { BatchFunctions } from '../constructs/batch-functions.js';
import { DeniedAccess } from '../constructs/denied-access.js';
import { describeDeployment } from '../constructs/description.js';
import { keyOf } from '../constructs/encryption.js';
import { JobStateMachine } from '../constructs/job-state-machine.js';
import { namesOf } from '../constructs/names.js';
import type { Settings } from '../constructs/settings.js';
import { Runbooks } from '../constructs/runbooks.js';
import { EveryMinutes, InputArrival, JobFailure } from '../constructs/triggers.js';

/** Where the built functions lie, and the digest that both Regions stamp. */
export interface RegionalCode {
  root: string;
  version: string;
}

/**
 * Everything that runs in one Region. The two Regions get the same stack: which of them works is decided by the ledger,
 * never by a template.
 */
export class RegionalStack extends Stack {
  constructor(scope: Construct, id: string, settings: Settings, region: string, code: RegionalCode, props: StackProps) {
    super(scope, id, props);
    const names = namesOf(settings);
    const key = keyOf(this, 'Key', settings, region);
    const deadLetters = new sqs.Queue(this, 'DeadLetters', {
      queueName: names.deadLetterQueue,
      ...(key ? { encryption: sqs.QueueEncryption.KMS, encryptionMasterKey: key } : { encryption: sqs.QueueEncryption.SQS_MANAGED }),
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const functions = new BatchFunctions(this, 'Functions', settings, region, code.root, code.version).byName;

    const job = new JobStateMachine(this, 'Job', settings, region);
    // Its definition names the functions by ARNs that are text, so the order has to be said.
    job.stateMachine.node.addDependency(...Object.values(functions));

    new InputArrival(this, 'Input', settings, region, functions.ingest.function, deadLetters);
    new JobFailure(this, 'Failure', settings, region, functions.fail.function, deadLetters);
    new EveryMinutes(this, 'Sweep', settings, 1, functions.sweep.function);
    new EveryMinutes(this, 'Observe', settings, 1, functions.observe.function);
    new EveryMinutes(this, 'Canary', settings, settings.canaryMinutes, functions.canary.function);

    const alerts = new sns.Topic(this, 'Alerts', { topicName: names.alertTopic, displayName: `${settings.app} ${region}`, enforceSSL: true, ...(key ? { masterKey: key } : {}) });
    // A topic with a policy of its own has lost the one that lets the account's alarms publish.
    alerts.addToResourcePolicy(new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [alerts.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': settings.account } },
    }));
    if (settings.alertsTo !== undefined) alerts.addSubscription(new subscriptions.EmailSubscription(settings.alertsTo));
    if (settings.notify === 'sns') this.resultsTopic(settings, region, key);
    else new ses.EmailIdentity(this, 'Sender', { identity: ses.Identity.email(settings.notifyFrom) });

    const runbooks = new Runbooks(this, 'Runbooks', settings, region);
    runbooks.node.addDependency(functions.operate);
    if (settings.autoFailover) new AutomaticFailover(this, 'AutomaticFailover', settings, region, code.root, code.version);
    if (settings.chaos) new DeniedAccess(this, 'DeniedAccess', settings, region, functions);

    this.describe(settings, code.version);
  }

  /** Apart from the alerts, because whoever waits for results is not whoever is called out at night. */
  private resultsTopic(settings: Settings, region: string, key: kms.IKey | undefined): void {
    const results = new sns.Topic(this, 'Results', { topicName: namesOf(settings).resultsTopic, displayName: `${settings.app} results ${region}`, enforceSSL: true, ...(key ? { masterKey: key } : {}) });
    results.addSubscription(new subscriptions.EmailSubscription(settings.notifyTo));
  }

  /** The same description in both Regions: as a parameter for operators, as an output for `cdk deploy --outputs-file`. */
  private describe(settings: Settings, codeVersion: string): void {
    const value = this.toJsonString(describeDeployment(settings, codeVersion));
    new ssm.StringParameter(this, 'Description', {
      parameterName: namesOf(settings).deploymentParameter,
      description: 'What batchctl needs to operate this deployment',
      stringValue: value,
      // It may outgrow the 4 KB of the standard tier.
      tier: ssm.ParameterTier.INTELLIGENT_TIERING,
    });
    new CfnOutput(this, 'Deployment', { value });
  }
}
