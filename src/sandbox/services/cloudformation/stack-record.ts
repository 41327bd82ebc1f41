import type { CreatedResource } from '../../service.js';

export type StackStatus = 'CREATE_IN_PROGRESS' | 'CREATE_COMPLETE' | 'CREATE_FAILED' | 'UPDATE_IN_PROGRESS' | 'UPDATE_COMPLETE' | 'UPDATE_FAILED' | 'DELETE_IN_PROGRESS' | 'DELETE_FAILED';

/** What stands of a deployed stack. Plain JSON: it is part of the sandbox's saved state. */
export interface StackRecord {
  stackId: string;
  stackName: string;
  region: string;
  status: StackStatus;
  statusReason?: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  updatedAt?: number;
  description?: string;
  parameters: Record<string, string>;
  tags: Record<string, string>;
  outputs: Record<string, StackOutput>;
  resources: Record<string, ResourceRecord>;
}

export interface StackOutput {
  value: string;
  description?: string;
  exportName?: string;
}

export interface ResourceRecord {
  type: string;
  /** With every intrinsic function resolved, as the handler got them. */
  properties: Record<string, unknown>;
  created: CreatedResource;
  /** Where each asset that the handler asked for lay: a moved or changed asset makes the resource an update. */
  assets: Record<string, string>;
  deletionPolicy?: string;
  updatedAt: number;
}

/** Something that a template asks for and the sandbox does not do. */
export interface UnmodelledEntry {
  region: string;
  stackName: string;
  logicalId: string;
  type: string;
  /** The property, or undefined when the whole resource type is unknown. */
  property?: string;
  why?: string;
}
