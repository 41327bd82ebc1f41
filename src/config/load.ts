import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { ExitCode, OperatorError, usage } from '../errors.js';
import { configDirectory, deploymentFile, type Environment } from './locations.js';
import { parseDeployment, type ConfigProblem } from './parse.js';
import type { Deployment } from './schema.js';
import { closest } from './suggestions.js';

export interface DeploymentChoice {
  /** `--deployment`; the environment's BATCHCTL_DEPLOYMENT counts when it is left out. */
  name?: string;
  /** `--config`: a deployment file, or a folder of them; the environment's BATCHCTL_CONFIG counts when it is left out. */
  config?: string;
}

const startSteps = [
  'For a real deployment: batchctl init --outputs FILE',
  'To try it on this machine: batchctl sandbox start --detach',
];

/** Where deployment files are read and written under these settings. A file's folder, when a file is named. */
export async function deploymentsDirectory(choice: DeploymentChoice, env: Environment): Promise<string> {
  const place = choice.config ?? nonEmpty(env['BATCHCTL_CONFIG']);
  if (place === undefined) return configDirectory(env);
  return (await isDirectory(place)) || !place.endsWith('.json') ? place : path.dirname(place);
}

/**
 * The deployment that a command works on: the named one, else the only one, else the one marked `default`.
 * Throws `CONFIG_…` errors (exit 2) that list every problem of the file at once.
 */
export async function loadDeployment(choice: DeploymentChoice, env: Environment, warn: Warn = () => {}): Promise<Deployment> {
  const { deployment, file } = await findDeployment(choice, env);
  if (deployment.credentials && 'secretAccessKey' in deployment.credentials && await isOpenToOthers(file)) warn(`${file} holds a secret key and can be read by others of this machine: chmod 600 ${file}`);
  return deployment;
}

type Warn = (message: string) => void;

interface Found {
  deployment: Deployment;
  file: string;
}

async function isOpenToOthers(file: string): Promise<boolean> {
  // Windows has no such bits: the mode that Node makes up there says nothing.
  return process.platform !== 'win32' && ((await stat(file)).mode & 0o077) !== 0;
}

async function findDeployment(choice: DeploymentChoice, env: Environment): Promise<Found> {
  const name = choice.name ?? nonEmpty(env['BATCHCTL_DEPLOYMENT']);
  const place = choice.config ?? nonEmpty(env['BATCHCTL_CONFIG']);
  if (place !== undefined && !(await isDirectory(place))) return loadNamedFile(place, name);
  const directory = place ?? configDirectory(env);
  if (name !== undefined) return loadByName(directory, name);
  return loadOnlyOrDefault(directory);
}

/** Names of the configured deployments, in alphabetical order. A folder that is not there has none. */
export async function listDeployments(directory: string): Promise<string[]> {
  try {
    const files = await readdir(directory);
    return files.filter((file) => file.endsWith('.json') && !file.startsWith('.')).map((file) => file.slice(0, -'.json'.length)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unreadable(directory, error);
  }
}

async function loadNamedFile(file: string, name: string | undefined): Promise<Found> {
  const deployment = await readDeployment(file);
  if (name !== undefined && deployment.name !== name) {
    throw usage('CONFIG_MISMATCH', `${file} describes the deployment ${deployment.name}, not ${name}.`, [`Leave out -d, or use -d ${deployment.name}.`]);
  }
  return { deployment, file };
}

async function loadByName(directory: string, name: string): Promise<Found> {
  const names = await listDeployments(directory);
  if (names.includes(name)) return readNamed(directory, name);
  const near = closest(name, names);
  throw usage('CONFIG_UNKNOWN_DEPLOYMENT', `There is no deployment ${JSON.stringify(name)} in ${directory}.`, [
    ...(near ? [`Did you mean -d ${near}?`] : []),
    ...(names.length > 0 ? [`Configured here: ${names.join(', ')}.`] : startSteps),
  ]);
}

async function loadOnlyOrDefault(directory: string): Promise<Found> {
  const names = await listDeployments(directory);
  if (names.length === 0) throw usage('CONFIG_MISSING', `No deployment is configured: ${directory} holds no deployment file.`, startSteps);
  if (names.length === 1) return readNamed(directory, names[0] as string);
  const files = await Promise.all(names.map(async (name) => ({ name, isDefault: await marksDefault(deploymentFile(directory, name)) })));
  const defaults = files.filter((file) => file.isDefault);
  if (defaults.length === 1) return readNamed(directory, (defaults[0] as { name: string }).name);
  const why = defaults.length === 0 ? `${names.length} deployments are configured and none is marked default` : `${defaults.length} deployments are marked default`;
  throw usage('CONFIG_AMBIGUOUS', `Which deployment? ${why}: ${(defaults.length === 0 ? names : defaults.map((file) => file.name)).join(', ')}.`, [
    `Name one: -d ${names[0]}`,
    'Or set "default": true in the file of exactly one.',
  ]);
}

/** A file that cannot be read or parsed marks nothing: only the chosen file has to be right. */
async function marksDefault(file: string): Promise<boolean> {
  try {
    return (JSON.parse(await readFile(file, 'utf8')) as { default?: unknown }).default === true;
  } catch {
    return false;
  }
}

/** A file is found by its name, so what it describes must be called so too: a copied or renamed file moves nothing. */
async function readNamed(directory: string, name: string): Promise<Found> {
  const file = deploymentFile(directory, name);
  const deployment = await readDeployment(file);
  if (deployment.name === name) return { deployment, file };
  throw usage('CONFIG_MISMATCH', `${file} describes the deployment ${deployment.name}, not ${name}.`, [`Give it its own name: mv ${file} ${deploymentFile(directory, deployment.name)}`, 'Or correct "name" in it.']);
}

export async function readDeployment(file: string): Promise<Deployment> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
  const parsed = parseDeployment(text);
  if (parsed.ok) return parsed.deployment;
  throw invalid(file, parsed.problems);
}

export function invalid(source: string, problems: ConfigProblem[]): OperatorError {
  const lines = problems.map((problem) => `  ${problem.path === '' ? 'the file' : problem.path} ${problem.message}`);
  return new OperatorError('CONFIG_INVALID', `${source} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${lines.join('\n')}`, {
    exitCode: ExitCode.usage,
    nextSteps: ['Correct the file, or write it anew: batchctl init --outputs FILE'],
    details: { source, problems },
  });
}

function unreadable(file: string, error: unknown): OperatorError {
  const code = (error as NodeJS.ErrnoException).code;
  const why = code === 'ENOENT' ? 'it does not exist' : code === 'EACCES' ? 'permission denied' : code === 'EISDIR' ? 'it is a folder' : code ?? String(error);
  return usage('CONFIG_UNREADABLE', `Could not read ${file}: ${why}.`, code === 'ENOENT' ? startSteps : ['Check its permissions.']);
}

async function isDirectory(place: string): Promise<boolean> {
  try {
    return (await stat(place)).isDirectory();
  } catch {
    return false;
  }
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}
