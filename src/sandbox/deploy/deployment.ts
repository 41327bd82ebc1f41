import type { CloudFormationService } from '../services/cloudformation/service.js';
import type { UnmodelledEntry } from '../services/cloudformation/stack-record.js';
import type { Service } from '../service.js';
import type { World } from '../world.js';
import type { CustomResourceResponses } from './custom-resource.js';

/** What a deployment of an assembly, or a deletion of its stacks, is given. */
export interface DeployerOptions {
  world: World;
  services: Iterable<Service>;
  cloudFormation: CloudFormationService;
  responses: CustomResourceResponses;
  /** The user or role that deploys; it must be allowed to read parameters and to invoke custom resources' functions. */
  deployerArn: string;
  onProgress?(progress: DeploymentProgress): void;
}

export interface DeploymentProgress {
  region: string;
  stackName: string;
  action: 'stack' | 'create' | 'update' | 'remove' | 'keep';
  logicalId?: string;
  type?: string;
}

export interface DeploymentResult {
  created: number;
  updated: number;
  unchanged: number;
  removed: number;
  /** As `cdk deploy --outputs-file` writes them: by stack name, then by output. */
  outputs: Record<string, Record<string, string>>;
  unmodelled: UnmodelledEntry[];
}

/** A resource that outlived its stack. */
export interface KeptResource {
  stackName: string;
  region: string;
  type: string;
  /** What `Ref` gave. */
  name: string;
  why: string;
}
