import { CustomResource } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { arcEndpointRegions } from '../../src/config/schema.js';
import { BatchFunction } from './batch-function.js';
import { namesOf } from './names.js';
import { camel } from './published.js';
import { replicationConfiguration } from './replication.js';
import type { Settings } from './settings.js';

/**
 * The two things that CloudFormation cannot do here, both done by one function:
 *
 * - put the replication rule of the standby's bucket, whose destination did not exist when that bucket was made;
 * - read the five endpoints of the ARC cluster, which are a list of structures that `Fn::GetAtt` cannot reach into.
 */
export class DeploymentResources extends Construct {
  private readonly serviceToken: string;
  private readonly function: BatchFunction;

  constructor(scope: Construct, id: string, private readonly settings: Settings, codePath: string, clusterArn: string | undefined) {
    super(scope, id);
    const names = namesOf(settings);
    this.function = new BatchFunction(this, 'Provider', {
      functionName: names.function('resources'),
      description: 'Deployment only: standby replication rule, ARC cluster endpoints',
      codePath,
      memoryMegabytes: 256,
      timeoutSeconds: 120,
      environment: { DEPLOYMENT: settings.app },
      statements: [
        new iam.PolicyStatement({ actions: ['s3:PutReplicationConfiguration'], resources: [names.bucketArn(settings.other)] }),
        new iam.PolicyStatement({
          actions: ['iam:PassRole'],
          resources: [names.replicationRoleArn(settings.other)],
          conditions: { StringEquals: { 'iam:PassedToService': 's3.amazonaws.com' } },
        }),
        ...(clusterArn === undefined ? [] : [new iam.PolicyStatement({ actions: ['route53-recovery-control-config:DescribeCluster'], resources: [clusterArn] })]),
      ],
    });
    this.serviceToken = this.function.function.functionArn;
  }

  /** Replicates the standby's bucket to the home Region. */
  replicateStandby(): CustomResource {
    const { home, other } = this.settings;
    return this.resource('StandbyReplication', 'Custom::BucketReplication', {
      Bucket: namesOf(this.settings).bucket(other),
      BucketRegion: other,
      // As text: CloudFormation would turn the numbers inside a structure into strings.
      Configuration: JSON.stringify(replicationConfiguration(this.settings, other, home)),
    });
  }

  /** The cluster's endpoints by Region, as tokens. */
  clusterEndpoints(clusterArn: string): { region: string; endpoint: string }[] {
    const resource = this.resource('ClusterEndpoints', 'Custom::ClusterEndpoints', { ClusterArn: clusterArn });
    return arcEndpointRegions.map((region) => ({ region, endpoint: resource.getAttString(`Endpoint${camel(region)}`) }));
  }

  private resource(id: string, resourceType: string, properties: Record<string, string>): CustomResource {
    const resource = new CustomResource(this, id, { resourceType, serviceToken: this.serviceToken, properties });
    // The policy is a resource of its own: without this the handler may run before it is allowed anything.
    resource.node.addDependency(this.function);
    return resource;
  }
}
