import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DeploymentError, isRecord, type Template } from './template.js';

/** One stack of a cloud assembly, as it will be deployed. */
export interface AssemblyStack {
  /** The artifact's name in the manifest. */
  id: string;
  stackName: string;
  /** Undefined when the app leaves it open (`unknown-account`). */
  account: string | undefined;
  region: string;
  template: Template;
  /** Parameter values that the app fixes. */
  parameters: Record<string, string>;
  tags: Record<string, string>;
}

export interface Assembly {
  folder: string;
  /** Each stack after those that it depends on. */
  stacks: AssemblyStack[];
  /** File assets by object key (`<hash>.zip`): where the app put them. */
  assets: Map<string, string>;
  /** Changes when anything that would be deployed changes (assets are named by their content's hash). */
  digest: string;
}

interface Artifact {
  type: string;
  environment?: string;
  properties?: Record<string, unknown>;
  dependencies?: string[];
}

/**
 * Reads what `cdk synth` wrote: the manifest, the templates and the asset manifests; nested assemblies (CDK stages)
 * included. Throws DeploymentError when the folder holds no assembly or the assembly needs something the sandbox
 * cannot deploy (templates with transforms, container images).
 */
export async function readAssembly(folder: string): Promise<Assembly> {
  const hash = createHash('sha256');
  const found: { artifact: Artifact; stack: AssemblyStack }[] = [];
  const assets = new Map<string, string>();
  await readFolder(folder, { hash, found, assets });
  if (found.length === 0) throw new DeploymentError(`${folder} holds a cloud assembly with no stacks`);
  return { folder, stacks: inDependencyOrder(found), assets, digest: hash.digest('hex') };
}

interface Reading {
  hash: ReturnType<typeof createHash>;
  found: { artifact: Artifact; stack: AssemblyStack }[];
  assets: Map<string, string>;
}

async function readFolder(folder: string, reading: Reading): Promise<void> {
  const manifest = await readJson(path.join(folder, 'manifest.json'), reading.hash).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new DeploymentError(`${folder} holds no cloud assembly (no manifest.json): run cdk synth first`);
  });
  const artifacts = isRecord(manifest) && isRecord(manifest['artifacts']) ? manifest['artifacts'] as Record<string, unknown> : {};
  for (const [id, value] of Object.entries(artifacts)) {
    const artifact = value as Artifact;
    const properties = artifact.properties ?? {};
    if (artifact.type === 'aws:cloudformation:stack') {
      reading.found.push({ artifact, stack: await readStack(folder, id, artifact, reading.hash) });
    } else if (artifact.type === 'cdk:asset-manifest') {
      await readAssets(folder, String(properties['file']), reading);
    } else if (artifact.type === 'cdk:cloud-assembly') {
      await readFolder(path.join(folder, String(properties['directoryName'])), reading);
    }
  }
}

async function readStack(folder: string, id: string, artifact: Artifact, hash: Reading['hash']): Promise<AssemblyStack> {
  const properties = artifact.properties ?? {};
  const environment = /^aws:\/\/([^/]+)\/(.+)$/.exec(artifact.environment ?? '');
  const region = environment?.[2];
  if (!region || region === 'unknown-region') {
    throw new DeploymentError(`stack ${id} names no Region: the sandbox deploys only stacks with an explicit environment`);
  }
  const template = await readJson(path.join(folder, String(properties['templateFile'])), hash) as Template;
  if (template.Transform !== undefined) throw new DeploymentError(`stack ${id} uses a transform (${JSON.stringify(template.Transform)}), which the sandbox does not run`);
  return {
    id,
    stackName: typeof properties['stackName'] === 'string' ? properties['stackName'] : id,
    account: environment[1] === 'unknown-account' ? undefined : environment[1],
    region,
    template,
    parameters: isRecord(properties['parameters']) ? properties['parameters'] as Record<string, string> : {},
    tags: isRecord(properties['tags']) ? properties['tags'] as Record<string, string> : {},
  };
}

interface AssetFile {
  source?: { path?: string };
  destinations: Record<string, { objectKey: string }>;
}

async function readAssets(folder: string, file: string, reading: Reading): Promise<void> {
  const manifest = await readJson(path.join(folder, file), reading.hash) as { files?: Record<string, AssetFile>; dockerImages?: object };
  const images = Object.keys(manifest.dockerImages ?? {});
  if (images.length > 0) throw new DeploymentError(`${file} holds container images (${images.join(', ')}), which the sandbox does not run`);
  for (const [id, asset] of Object.entries(manifest.files ?? {})) {
    if (!asset.source?.path) throw new DeploymentError(`asset ${id} of ${file} is built by a command, which the sandbox does not run`);
    for (const destination of Object.values(asset.destinations)) {
      reading.assets.set(destination.objectKey, path.resolve(folder, asset.source.path));
    }
  }
}

async function readJson(file: string, hash: Reading['hash']): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  hash.update(path.basename(file)).update(text);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DeploymentError(`${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

function inDependencyOrder(found: Reading['found']): AssemblyStack[] {
  const byId = new Map(found.map((entry) => [entry.stack.id, entry]));
  const order: AssemblyStack[] = [];
  const visit = (id: string, trail: string[]): void => {
    const entry = byId.get(id);
    if (!entry || order.includes(entry.stack)) return;
    if (trail.includes(id)) throw new DeploymentError(`stacks depend on each other in a circle: ${[...trail, id].join(' → ')}`);
    for (const dependency of entry.artifact.dependencies ?? []) visit(dependency, [...trail, id]);
    order.push(entry.stack);
  };
  for (const id of byId.keys()) visit(id, []);
  return order;
}

/**
 * Every Region that the assembly deploys into, and every Region that a global table of it names (replicas, witness),
 * sorted.
 */
export function regionsOf(assembly: Assembly): string[] {
  const regions = new Set(assembly.stacks.map((stack) => stack.region));
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (isRecord(value)) {
      const region = value['Region'];
      if (typeof region === 'string' && /^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) regions.add(region);
      for (const inner of Object.values(value)) visit(inner);
    }
  };
  for (const stack of assembly.stacks) visit(stack.template.Resources);
  return [...regions].sort();
}
