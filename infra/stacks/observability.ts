import { Stack, type StackProps } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { LedgerFollowingRecord } from '../constructs/active-region-record.js';
import { RegionAlarms } from '../constructs/alarms.js';
import { BothRegionsDashboard } from '../constructs/dashboard.js';
import { FaultTemplates } from '../constructs/fault-templates.js';
import { namesOf } from '../constructs/names.js';
import { published, publishedNames } from '../constructs/published.js';
import type { Settings } from '../constructs/settings.js';

/** What one Region tells of itself and of the other: alarms to its alert topic, and a dashboard. Nothing runs by it. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, settings: Settings, region: string, props: StackProps) {
    super(scope, id, props);
    const topic = sns.Topic.fromTopicArn(this, 'Alerts', namesOf(settings).alertTopicArn(region));
    const alarms = new RegionAlarms(this, 'Alarms', settings, region, topic);
    new BothRegionsDashboard(this, 'Overview', settings, region);
    if (!settings.arc) new LedgerFollowingRecord(this, 'ActiveRegion', settings, region, published(settings, publishedNames.zoneId));
    // Its experiments name the alarms that stop them.
    if (settings.chaos) new FaultTemplates(this, 'Faults', settings, region).node.addDependency(alarms);
  }
}
