import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reach } from '../../aws/client-pool.js';
import { createClientFactory } from '../../aws/clients.js';
import { readDeploymentDescription } from '../../aws/deployment-description.js';
import { hasReferenceRow } from '../../aws/reference-data.js';
import type { Deployment } from '../../config/schema.js';
import { ExitCode, OperatorError, usage } from '../../errors.js';
import { launchSandbox, type LaunchedSandbox, type SandboxClient } from '../../sandbox/index.js';
import { formatCount } from '../../ui/quantities.js';
import type { Page } from '../../ui/output.js';
import { note, tell, type CommandContext } from '../context.js';
import { parseWhole } from '../durations.js';
import { sandboxDirectory, withSandboxErrors } from '../sandbox-access.js';
import { referenceEntries, sampleUuid } from '../sample/reference-rows.js';
import { initDocument, register, type InitDocument } from './init.js';
import { load } from './reference.js';

/** The name under which a sandbox is registered, so that `-d sandbox` is all that tells it from a real deployment. */
export const sandboxDeployment = 'sandbox';
const appName = 'batchctl';

export interface SandboxStartRequest {
  dir?: string;
  portBase?: string;
  detach?: boolean;
  speed: string;
  latency: string;
  quotas: string;
  seed: string;
  references: string;
  assembly?: string;
}

export interface StartSettings {
  dir: string;
  portBase?: number;
  detached: boolean;
  speed: number;
  latency: 'off' | 'realistic';
  quotas: 'on' | 'off';
  seed: number;
  references: number;
  /** The folder that `cdk synth` wrote; left out: the one that came along. */
  assembly?: string;
}

export async function startSandbox(context: CommandContext, request: SandboxStartRequest): Promise<ExitCode> {
  const settings = parseSettings(request, sandboxDirectory(context, request.dir));
  const launched = await launch(context, settings);
  try {
    const document = await prepareSandbox(context, launched.client, settings);
    context.output.result(document, (ready, page) => readyLines(ready, settings, page));
  } catch (error) {
    // Half a sandbox would look like a whole one to the next command.
    await launched.client.stop().catch(() => {});
    throw error;
  }
  if (settings.detached) return ExitCode.done;
  await untilStopped(context, launched);
  return ExitCode.done;
}

export async function launch(context: CommandContext, settings: StartSettings): Promise<LaunchedSandbox> {
  const task = 'deploying the synthesised templates';
  let resources = 0;
  try {
    const { references: _references, assembly = assemblyToDeploy(undefined), ...options } = settings;
    return await withSandboxErrors(() => launchSandbox({
      ...options,
      assembly,
      signal: context.signal,
      onProgress: (progress) => {
        if (progress.action === 'stack') return;
        resources += 1;
        tell(context, { type: 'progress', task, done: resources, total: null, unit: 'items' });
      },
    }));
  } finally {
    tell(context, { type: 'progress-finished', task });
  }
}

export interface SandboxReady extends InitDocument {
  pid: number;
  dir: string;
  endpointUrl: string;
  /** 0: they were there already. */
  referenceRowsLoaded: number;
}

/** Exactly what an operator does with a real deployment: `init --from-ssm`, then `reference load`. */
export async function prepareSandbox(context: CommandContext, client: SandboxClient, settings: Pick<StartSettings, 'dir' | 'references'>): Promise<SandboxReady> {
  const { facts } = client;
  const reach = { transport: { connectTo: facts.connectTo }, credentials: facts.credentials };
  const described = JSON.parse(await describedAnywhere(context, reach, facts.regions)) as Record<string, unknown>;
  const registered = await register(context, { ...described, ...reach, name: sandboxDeployment }, 'the sandbox\'s description of itself');
  const referenceRowsLoaded = await loadSampleReferences(context, registered.deployment, settings.references);
  return { ...initDocument(registered), pid: facts.pid, dir: settings.dir, endpointUrl: facts.endpointUrl, referenceRowsLoaded };
}

/** Not every Region of the sandbox has the pipeline: the witness of the ledger has none. */
async function describedAnywhere(context: CommandContext, reach: Reach, regions: string[]): Promise<string> {
  try {
    return await Promise.any(regions.map((region) => readDeploymentDescription(reach, region, appName, { signal: context.signal })));
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  }
}

async function loadSampleReferences(context: CommandContext, deployment: Deployment, count: number): Promise<number> {
  if (count === 0) return 0;
  const clients = createClientFactory(deployment);
  try {
    if (await hasReferenceRow(clients.dynamodb(deployment.home), deployment.referenceTable, sampleUuid(count - 1), context.signal)) return 0;
  } finally {
    clients.destroy();
  }
  return load(context, deployment, deployment.home, referenceEntries(count), count);
}

async function untilStopped(context: CommandContext, launched: LaunchedSandbox): Promise<void> {
  const stopped = new Promise<void>((resolve) => { context.signal.addEventListener('abort', () => resolve(), { once: true }); });
  await Promise.race([launched.ended, stopped]);
  if (!context.signal.aborted) throw new OperatorError('SANDBOX_ENDED', 'The sandbox has ended.', { nextSteps: ['See why: host.log and sandbox.log in its folder.', 'Start it again: it goes on where it was.'] });
  await launched.client.stop();
  note(context, 'The sandbox has stopped; its state is kept.');
}

function parseSettings(request: SandboxStartRequest, dir: string): StartSettings {
  const speed = Number(request.speed);
  if (!(speed > 0) || speed > 1000) throw usage('USAGE', `--speed must be a number above 0 and up to 1000, not ${JSON.stringify(request.speed)}.`);
  if (request.latency !== 'off' && request.latency !== 'realistic') throw usage('USAGE', `--latency must be off or realistic, not ${JSON.stringify(request.latency)}.`);
  if (request.quotas !== 'on' && request.quotas !== 'off') throw usage('USAGE', `--quotas must be on or off, not ${JSON.stringify(request.quotas)}.`);
  return {
    dir,
    ...(request.portBase === undefined ? {} : { portBase: parseWhole(request.portBase, '--port-base', { min: 1024, max: 65_000 }) }),
    detached: request.detach === true,
    speed,
    latency: request.latency,
    quotas: request.quotas,
    seed: parseWhole(request.seed, '--seed', { max: 2 ** 31 - 1 }),
    references: parseWhole(request.references, '--references', { max: 1_000_000 }),
    ...(request.assembly === undefined ? {} : { assembly: assemblyToDeploy(request.assembly) }),
  };
}

/** The folder that `--assembly` names, or the templates that came along. */
export function assemblyToDeploy(named: string | undefined): string {
  if (named === undefined) return ownAssembly();
  const directory = path.resolve(named);
  if (existsSync(path.join(directory, 'manifest.json'))) return directory;
  throw usage('USAGE', `--assembly: ${directory} has no manifest.json, so it is not a folder that cdk synth wrote.`, ['Write one: cd infra && npx cdk synth -c name=value --output DIRECTORY']);
}

/** The bundle lies in dist/cli, the synthesised templates beside it in dist/cdk.out. */
function ownAssembly(): string {
  const directory = fileURLToPath(new URL('../cdk.out', import.meta.url));
  if (existsSync(directory)) return directory;
  throw new OperatorError('NOT_SYNTHESISED', 'The templates have not been synthesised, so there is nothing to deploy.', { exitCode: ExitCode.usage, nextSteps: ['In the repository: npm run prepare-tree'] });
}

function readyLines(ready: SandboxReady, settings: StartSettings, page: Page): string[] {
  return [
    `${page.theme.good('✔ ready')}  two Regions on this machine, ${ready.activeRegion} active, epoch ${ready.epoch}${ready.referenceRowsLoaded ? `; ${formatCount(ready.referenceRowsLoaded)} sample reference rows loaded` : ''}`,
    page.theme.faint(`  state ${ready.dir}, process ${ready.pid}, deployment file ${ready.file}`),
    '  → batchctl -d sandbox status',
    '  → batchctl sandbox sample > orders.csv && batchctl -d sandbox submit orders.csv --wait',
    settings.detached ? '  → batchctl sandbox stop' : '  Ctrl-C stops it.',
  ];
}
