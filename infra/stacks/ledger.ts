import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { PipelineTables } from '../constructs/ledger.js';
import type { Settings } from '../constructs/settings.js';

/**
 * The global tables. A stack of their own, because CloudFormation makes a global table only from one of its replicas'
 * Regions, while the control stack must stand in the ARC control plane's Region whatever the pair is.
 */
export class LedgerStack extends Stack {
  constructor(scope: Construct, id: string, settings: Settings, props: StackProps) {
    super(scope, id, props);
    new PipelineTables(this, 'Tables', settings);
  }
}
