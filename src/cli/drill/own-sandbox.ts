import path from 'node:path';
import type { SandboxClient } from '../../sandbox/index.js';
import { launch, prepareSandbox, sandboxDeployment, type StartSettings } from '../actions/sandbox-start.js';
import type { CommandContext } from '../context.js';
import { loadDeploymentOf } from '../start.js';
import { drillReferences } from './scene.js';

/** The sandbox's own delays (access point, replication, ARC) pass this much faster than AWS's. */
export const drillSpeed = 10;

/** Starts a sandbox in `scratch` with a configuration of its own, hands it to `work`, and ends it whatever happens. */
export async function withOwnSandbox<T>(context: CommandContext, scratch: string, seed: number, work: (context: CommandContext, sandbox: SandboxClient) => Promise<T>): Promise<T> {
  const { BATCHCTL_CONFIG: _config, BATCHCTL_DEPLOYMENT: _deployment, ...rest } = context.env;
  const env = { ...rest, XDG_CONFIG_HOME: path.join(scratch, 'config'), XDG_STATE_HOME: path.join(scratch, 'state') };
  const { config: _flag, ...others } = context.flags;
  const flags = { ...others, deployment: sandboxDeployment };
  const quiet = { ...context.output, event: (event: Parameters<typeof context.output.event>[0]) => { if (event.type !== 'job' && event.type !== 'progress') context.output.event(event); } };
  const inner: CommandContext = { ...context, env, flags, output: quiet, deployment: () => loadDeploymentOf(flags, env) };
  const settings: StartSettings = { dir: path.join(scratch, 'sandbox'), detached: false, speed: drillSpeed, latency: 'off', quotas: 'on', seed, references: drillReferences };
  const launched = await launch(inner, settings);
  try {
    await prepareSandbox(inner, launched.client, settings);
    return await work(inner, launched.client);
  } finally {
    await launched.client.stop().catch(() => {});
  }
}
