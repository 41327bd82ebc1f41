import { ExitCode, refused } from '../../errors.js';
import { resetSandbox as deleteState, stopSandbox as stopRunning, type OutboxEmail, type SandboxStatus, type UnmodelledEntry } from '../../sandbox/index.js';
import type { Page } from '../../ui/output.js';
import { shellWord } from '../shell-words.js';
import { printable } from '../../ui/printable.js';
import { formatBytes, formatSeconds, formatUtc, plural } from '../../ui/quantities.js';
import type { CommandContext } from '../context.js';
import { askToType, canAsk } from '../questions.js';
import { connectToSandbox, sandboxDirectory, withSandboxErrors } from '../sandbox-access.js';
import { faultLines } from './sandbox-fault.js';

export async function stopSandbox(context: CommandContext, request: { dir?: string }): Promise<ExitCode> {
  const dir = sandboxDirectory(context, request.dir);
  const stopped = await withSandboxErrors(() => stopRunning(dir));
  context.output.result({ dir, stopped }, (document) => [document.stopped ? 'Stopped; its state is kept.' : `Nothing to stop: no sandbox is running in ${document.dir}.`]);
  return ExitCode.done;
}

interface SandboxDocument {
  dir: string;
  endpointUrl: string;
  status: SandboxStatus;
  outbox: OutboxEmail[];
  unmodelled?: UnmodelledEntry[];
}

export async function showSandbox(context: CommandContext, request: { dir?: string; unmodelled?: boolean }): Promise<ExitCode> {
  const client = await connectToSandbox(context, request.dir);
  const document = await withSandboxErrors(async (): Promise<SandboxDocument> => ({
    dir: sandboxDirectory(context, request.dir),
    endpointUrl: client.facts.endpointUrl,
    status: await client.status(),
    outbox: await client.outbox(),
    ...(request.unmodelled ? { unmodelled: await client.unmodelled() } : {}),
  }));
  context.output.result(document, sandboxLines);
  return ExitCode.done;
}

const shownEmails = 10;

function sandboxLines({ dir, status, outbox, unmodelled }: SandboxDocument, page: Page): string[] {
  const { theme } = page;
  const { deployment } = status;
  return [
    `${theme.good('▸ running')}  process ${status.pid} for ${formatSeconds(status.uptimeSeconds)}, ${plural(deployment.stacks.length, 'stack')} in ${status.regions.join(', ')}`,
    theme.faint(`  state ${printable(dir)}${status.saved ? `, saved ${formatUtc(status.saved.at)} (${formatBytes(status.saved.bytes)})` : ''}`),
    ...(status.saveError ? [`  ${theme.bad('✖ not saved:')} ${printable(status.saveError)}`] : []),
    ...faultLines(status.faults, page),
    `${plural(outbox.length, 'e-mail')} sent`,
    ...outbox.slice(-shownEmails).map((email) => `  ${formatUtc(email.at)}  ${email.region}  ${printable(email.to.join(', '))}  ${printable(email.subject)}`),
    ...(unmodelled
      ? [`${plural(unmodelled.length, 'template property', 'template properties')} not imitated:`, ...unmodelled.map((entry) => `  ${printable(Object.values(entry).filter((value) => typeof value === 'string').join('  '))}`)]
      : [theme.faint(`${plural(deployment.unmodelled, 'template property', 'template properties')} not imitated: see --unmodelled`)]),
  ];
}

export async function showEnvironment(context: CommandContext, request: { dir?: string; role?: string }): Promise<ExitCode> {
  const { facts } = await connectToSandbox(context, request.dir);
  const region = facts.regions[0] ?? 'us-east-1';
  const identity: Record<string, string> = request.role === undefined
    ? { AWS_ACCESS_KEY_ID: facts.credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: facts.credentials.secretAccessKey }
    : await (await import('./sandbox-role.js')).environmentOfRole(context, facts, sandboxDirectory(context, request.dir), request.role);
  const environment: Record<string, string> = {
    ...identity,
    ...(request.role === undefined ? { AWS_ENDPOINT_URL: facts.endpointUrl } : {}),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  context.output.result({ environment }, (document) => [
    // Either would win over the keys above, and lead to real AWS or to a refusal.
    'unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL',
    ...Object.entries(document.environment).map(([name, value]) => `export ${name}=${shellWord(value)}`),
  ]);
  return ExitCode.done;
}

export async function resetSandbox(context: CommandContext, request: { dir?: string; yes?: boolean }): Promise<ExitCode> {
  const dir = sandboxDirectory(context, request.dir);
  if (!request.yes) {
    if (!canAsk(context)) throw refused('CONFIRMATION_NEEDED', `This deletes the sandbox in ${dir}, and there is no terminal to confirm it on.`, ['Add --yes.']);
    await askToType(context, `To delete the sandbox in ${printable(dir)}, type reset`, 'reset');
  }
  const stopped = await withSandboxErrors(() => stopRunning(dir));
  await withSandboxErrors(() => deleteState(dir));
  context.output.result({ dir, stopped, deleted: true }, (document) => [`${document.stopped ? 'Stopped, and its' : 'Its'} state in ${printable(document.dir)} is deleted.`]);
  return ExitCode.done;
}
