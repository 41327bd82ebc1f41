import { readFile } from 'node:fs/promises';
import { readDeploymentDescription } from '../../aws/deployment-description.js';
import { deploymentsDirectory, invalid, listDeployments, readDeployment } from '../../config/load.js';
import { deploymentFile } from '../../config/locations.js';
import { checkDeployment } from '../../config/parse.js';
import type { Deployment } from '../../config/schema.js';
import { saveDeployment } from '../../config/write.js';
import { ExitCode, usage } from '../../errors.js';
import type { Page } from '../../ui/output.js';
import { setFirstRouting, type FirstRouting } from '../../workflow/first-routing.js';
import { checkCaller } from '../caller.js';
import { callOptions, connectForReading, connectForWriting, observationTarget, operatorName } from '../connect.js';
import type { CommandContext } from '../context.js';

export interface InitRequest {
  outputs?: string;
  fromSsm?: string;
  app: string;
  name?: string;
  profile?: string;
}

export async function init(context: CommandContext, request: InitRequest): Promise<ExitCode> {
  if ((request.outputs === undefined) === (request.fromSsm === undefined)) {
    throw usage('USAGE', 'Where is the deployment described? Give either --outputs FILE or --from-ssm REGION.', ['--outputs takes what cdk deploy --outputs-file wrote.', '--from-ssm reads the parameter that the stacks keep in both Regions.']);
  }
  const own = request.profile === undefined ? {} : { credentials: { profile: request.profile } };
  const source = request.outputs ?? `the parameter /${request.app}/deployment in ${request.fromSsm}`;
  const name = request.name ?? context.flags.deployment;
  const described = request.outputs !== undefined
    ? descriptionIn(await readFile(request.outputs, 'utf8'), request.outputs)
    : await descriptionFrom(context, { name, own, region: request.fromSsm as string, app: request.app }, source);
  const registered = await register(context, { ...described, ...own, ...(name === undefined ? {} : { name }) }, source);
  context.output.result(initDocument(registered), initLines);
  return ExitCode.done;
}

/**
 * Asked where an earlier file of that name leads, so that a sandbox can be described anew too; what was read from a sandbox
 * is written with the way there.
 */
async function descriptionFrom(context: CommandContext, wish: { name: string | undefined; own: Pick<Deployment, 'credentials'>; region: string; app: string }, source: string): Promise<Record<string, unknown>> {
  const { transport, credentials } = wish.name === undefined ? {} : await earlierFile(await directoryOf(context), wish.name) ?? {};
  const way = transport ? { transport } : {};
  const text = await readDeploymentDescription({ ...(credentials ? { credentials } : {}), ...way, ...wish.own }, wish.region, wish.app, { signal: context.signal });
  return { ...parseJson(text, source), ...way };
}

export interface Registered {
  deployment: Deployment;
  file: string;
  routing: FirstRouting;
}

/**
 * Writes the deployment file, keeping what the operator had chosen in an earlier one, and sets the first routing. A
 * sandbox is registered in exactly this way too.
 */
export async function register(context: CommandContext, described: Record<string, unknown>, source: string): Promise<Registered> {
  const directory = await directoryOf(context);
  const checked = checkDeployment({ ...await ownChoices(directory, String(described['name'])), ...described });
  if (!checked.ok) throw invalid(source, checked.problems);
  const { deployment } = checked;
  // The file first: when the routing cannot be set, running init again needs nothing but the name.
  const file = await saveDeployment(directory, deployment);
  await checkCaller(context, deployment);
  const routing = await setFirstRouting(connectForReading(deployment, context), connectForWriting(deployment, context), observationTarget(deployment), operatorName(), callOptions(context));
  return { deployment, file, routing };
}

/** Policy, extension points, credentials and the default mark are the operator's, and survive writing the file anew. */
async function ownChoices(directory: string, name: string): Promise<Partial<Deployment>> {
  const earlier = await earlierFile(directory, name);
  if (!earlier) return {};
  const { policy, extensionPoints, credentials, default: isDefault } = earlier;
  return { policy, extensionPoints, ...(credentials ? { credentials } : {}), ...(isDefault === undefined ? {} : { default: isDefault }) };
}

async function earlierFile(directory: string, name: string): Promise<Deployment | undefined> {
  return (await listDeployments(directory)).includes(name) ? readDeployment(deploymentFile(directory, name)) : undefined;
}

function directoryOf({ flags, env }: CommandContext): Promise<string> {
  return deploymentsDirectory(flags.config === undefined ? {} : { config: flags.config }, env);
}

/** `cdk deploy --outputs-file` writes `{ stack: { output: value } }`; one of the values is the description. */
function descriptionIn(text: string, file: string): Record<string, unknown> {
  const stacks = parseJson(text, file);
  for (const outputs of Object.values(stacks)) {
    if (outputs === null || typeof outputs !== 'object') continue;
    for (const [name, value] of Object.entries(outputs)) if (name.endsWith('Deployment') && typeof value === 'string') return parseJson(value, `${file} (${name})`);
  }
  throw usage('OUTPUTS_INVALID', `${file} holds no output named Deployment.`, ['Write it with: cdk deploy --all --outputs-file FILE']);
}

function parseJson(text: string, source: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object') return value as Record<string, unknown>;
  } catch {
    // Told below, in the same words as for JSON of the wrong shape.
  }
  throw usage('OUTPUTS_INVALID', `${source} holds no JSON object.`);
}

export interface InitDocument {
  deployment: string;
  file: string;
  epoch: number;
  activeRegion: string;
  set: FirstRouting['set'];
}

export function initDocument({ deployment, file, routing }: Registered): InitDocument {
  return { deployment: deployment.name, file, epoch: routing.control.epoch, activeRegion: routing.control.activeRegion, set: routing.set };
}

function initLines(document: InitDocument, page: Page): string[] {
  const done = document.set.length === 0 ? 'its routing stands already and was not touched' : `set: ${document.set.join(', ')}`;
  return [
    `${page.theme.good('✔ ready')}  deployment ${page.theme.strong(document.deployment)}, ${document.activeRegion} active, epoch ${document.epoch} (${done})`,
    page.theme.faint(`  ${document.file}`),
    `  → batchctl -d ${document.deployment} status`,
  ];
}
