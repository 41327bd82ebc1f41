import type { DeploymentProgress } from '../deploy/deployment.js';
import type { SandboxFacts } from './protocol.js';
import type { SandboxOptions } from './start.js';

/** How the host process is told what to do: JSON in its one argument. */
export type HostOptions = Omit<SandboxOptions, 'onProgress'> & {
  /** Ends when the process that started it ends. */
  attached: boolean;
};

/** What the host process tells the one that started it. */
export type HostMessage =
  | { type: 'progress'; progress: DeploymentProgress }
  | { type: 'ready'; facts: SandboxFacts }
  | { type: 'failed'; name: string; message: string };
