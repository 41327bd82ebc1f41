import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { keyArnOf, keyOf } from './encryption.js';
import { namesOf } from './names.js';
import type { Settings } from './settings.js';

const text = (name: string): dynamodb.Attribute => ({ name, type: dynamodb.AttributeType.STRING });

/**
 * The two tables of the pipeline, both made in the standby Region with a replica at home.
 *
 * The ledger is strongly consistent over both Regions, with votes in a witness Region: what makes an epoch a fence. It
 * has no TTL, no transactions and no local index, because such a table offers none. Index `open` is sparse (unfinished,
 * failed and unsettled jobs only), `recent` is by day; both are read eventually consistent and decide nothing.
 *
 * The reference table is read by every part and written rarely, so the cheaper eventual replication is enough.
 */
export class PipelineTables extends Construct {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const names = namesOf(settings);
    const key = keyOf(this, 'Key', settings, settings.other);
    const kept = {
      billing: dynamodb.Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: settings.keepData,
      removalPolicy: settings.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      replicas: [{ region: settings.home }],
      // A witness holds votes and no items, so it has no key.
      ...(key ? { encryption: dynamodb.TableEncryptionV2.customerManagedKey(key, { [settings.home]: keyArnOf(settings, settings.home) as string }) } : {}),
    };
    new dynamodb.TableV2(this, 'Ledger', {
      ...kept,
      tableName: names.ledgerTable,
      partitionKey: text('pk'),
      sortKey: text('sk'),
      multiRegionConsistency: dynamodb.MultiRegionConsistency.STRONG,
      witnessRegion: settings.witness,
      globalSecondaryIndexes: [
        { indexName: 'open', partitionKey: text('openShard'), sortKey: text('openSort'), projectionType: dynamodb.ProjectionType.ALL },
        { indexName: 'recent', partitionKey: text('dayShard'), sortKey: text('daySort'), projectionType: dynamodb.ProjectionType.ALL },
      ],
    });
    new dynamodb.TableV2(this, 'Reference', { ...kept, tableName: names.referenceTable, partitionKey: text('uuid') });
  }
}
