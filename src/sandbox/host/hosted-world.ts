import type { BlobStore } from '../blobs.js';
import type { Random } from '../random.js';
import type { SandboxClock } from '../clock.js';
import type { Service } from '../service.js';
import type { World } from '../world.js';
import type { ConnectToRule } from './connect-to.js';

/** What the host puts into a world. */
export interface WorldParts {
  clock: SandboxClock;
  random: Random;
  account: string;
  partition: string;
  regions: string[];
  blobs: BlobStore;
  latency: 'off' | 'realistic';
  quotas: 'on' | 'off';
  /** For the functions' workers, so that their clients reach this sandbox and nothing else. */
  connectTo: ConnectToRule[];
  /** Called after every change of anything that `snapshot` tells. */
  onChanged(): void;
  onLog(region: string, source: string, line: string): void;
}

/** What the host needs of a world. */
export interface HostedWorld {
  world: World;
  services: Map<string, Service>;
  /** The user who may do everything, and deploys. */
  operatorArn: string;
  /** Keys of that user. */
  operatorKeys(): { accessKeyId: string; secretAccessKey: string };
  snapshot(): unknown;
  restore(state: unknown): Promise<void>;
  /** Timers run and executions go on from here. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export type BuildWorld = (parts: WorldParts) => Promise<HostedWorld>;
