import * as iam from 'aws-cdk-lib/aws-iam';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { namesOf, runbookNames } from './names.js';
import { runbookDocument } from './runbook-document.js';
import type { Settings } from './settings.js';

/**
 * The runbooks of one Region: moving the pipeline here without a laptop. They run as a role of their own that may call the
 * operate function and nothing else; what the move needs is that function's to have.
 */
export class Runbooks extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, region: string) {
    super(scope, id);
    const names = namesOf(settings);
    const role = new iam.Role(this, 'Role', {
      roleName: names.runbookRole(region),
      description: `Runs the runbooks of ${settings.app} in ${region}`,
      // Without the source a runbook of somebody else's account could be made to act for this one (the confused deputy).
      assumedBy: new iam.ServicePrincipal('ssm.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': settings.account }, ArnLike: { 'aws:SourceArn': names.automationExecutionArns(region) } },
      }),
    });
    role.addToPolicy(new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [names.functionArn('operate', region)] }));
    for (const kind of runbookNames) {
      const document = new ssm.CfnDocument(this, kind, {
        name: names.runbook(kind),
        documentType: 'Automation',
        documentFormat: 'JSON',
        content: runbookDocument(settings, region, kind),
        // A name that is taken cannot be replaced; a version can be added.
        updateMethod: 'NewVersion',
      });
      document.node.addDependency(role);
    }
  }
}
