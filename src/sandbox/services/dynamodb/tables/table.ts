import { AwsError } from '../../../service.js';
import type { Version } from '../items/packed-item.js';
import type { KeySchema } from './key-schema.js';
import type { IndexDefinition } from './secondary-index.js';
import type { TableData } from './table-data.js';

/**
 * single: one Region. eventual: a copy in each Region, last writer wins (MREC). strong: one state that all Regions agree
 * on (MRSC).
 */
export type ConsistencyMode = 'single' | 'eventual' | 'strong';

export interface Table {
  name: string;
  id: string;
  mode: ConsistencyMode;
  key: KeySchema;
  indexes: IndexDefinition[];
  replicas: Map<string, Replica>;
  /** The Region that only votes, for a strong table with two replicas. */
  witness?: string;
  createdAt: number;
  settings: TableSettings;
}

export interface Replica {
  region: string;
  table: Table;
  /** Replicas of a strong table share one. */
  data: TableData;
  /** What a Region that lost the others saw last; only for replicas of a strong table, while they are cut off. */
  frozen?: TableData;
  settings: TableSettings;
}

/** Settings that are kept and described but change nothing here. */
export interface TableSettings {
  deletionProtection?: boolean;
  pointInTimeRecovery?: boolean;
  timeToLiveAttribute?: string;
  billingMode?: string;
  encryption?: Record<string, unknown>;
  /** Of a replica, where the key is the account's own. */
  encryptionKeyId?: string;
  tags?: Record<string, string>;
}

export function hasReplica(table: Table, region: string): boolean {
  return table.replicas.has(region);
}

/** Tables by name; a name is unique in a Region, so two Regions may hold different tables under one name. */
export class TableRegistry {
  private readonly replicas = new Map<string, Replica>();

  find(nameOrArn: string, region: string): Replica | undefined {
    const name = nameOrArn.startsWith('arn:') ? nameOrArn.slice(nameOrArn.indexOf(':table/') + ':table/'.length) : nameOrArn;
    return this.replicas.get(`${region}/${name}`);
  }

  get(nameOrArn: string | undefined, region: string): Replica {
    if (!nameOrArn) throw new AwsError('ValidationException', 'The parameter \'TableName\' is required but was not present in the request');
    const replica = this.find(nameOrArn, region);
    if (!replica) throw new AwsError('ResourceNotFoundException', 'Requested resource not found');
    return replica;
  }

  add(table: Table): void {
    for (const replica of table.replicas.values()) this.replicas.set(`${replica.region}/${table.name}`, replica);
  }

  remove(replica: Replica): void {
    this.replicas.delete(`${replica.region}/${replica.table.name}`);
    replica.table.replicas.delete(replica.region);
  }

  namesIn(region: string): string[] {
    const names = [...this.replicas.values()].filter((replica) => replica.region === region).map((replica) => replica.table.name);
    return names.sort();
  }

  tables(): Table[] {
    return [...new Set([...this.replicas.values()].map((replica) => replica.table))];
  }
}

export function isNewer(one: Version, other: Version | undefined): boolean {
  if (!other) return true;
  if (one.writtenAt !== other.writtenAt) return one.writtenAt > other.writtenAt;
  return one.writtenIn > other.writtenIn;
}

export function tableArn(partition: string, account: string, region: string, name: string): string {
  return `arn:${partition}:dynamodb:${region}:${account}:table/${name}`;
}
