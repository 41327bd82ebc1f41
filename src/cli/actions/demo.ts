import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ExitCode, refused } from '../../errors.js';
import type { LaunchedSandbox } from '../../sandbox/index.js';
import type { Output, Page } from '../../ui/output.js';
import { plural } from '../../ui/quantities.js';
import type { CommandContext } from '../context.js';
import { createStage, type Check, type Stage } from '../demo/stage.js';
import { tellStory } from '../demo/story.js';
import { parseWhole } from '../durations.js';
import { sandboxDirectory } from '../sandbox-access.js';
import { loadDeploymentOf } from '../start.js';
import { defaultReferenceRows } from '../sample/reference-rows.js';
import { launch, prepareSandbox, sandboxDeployment, type StartSettings } from './sandbox-start.js';

export interface DemoRequest {
  files: string;
  rows: string;
  keep?: boolean;
}

/** The sandbox's own delays (access point propagation, replication lag) pass this much faster than AWS's. */
const demoSpeed = 4;

/** Tells the whole story on a sandbox of its own and exits 1 when anything in it was not as it must be. */
export async function demo(context: CommandContext, request: DemoRequest): Promise<ExitCode> {
  const files = parseWhole(request.files, '--files', { min: 4, max: 500 });
  const rows = parseWhole(request.rows, '--rows', { min: 50, max: 100_000 });
  const keep = request.keep === true;
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'batchctl-demo-'));
  const dir = keep ? emptySandboxDirectory(context) : path.join(scratch, 'sandbox');
  // Without --keep nothing of the operator's own configuration is read or written.
  const inner = onStage(context, keep ? context.env : withoutConfiguration(context.env, scratch));
  const stage = createStage(context);
  const startedAt = context.clock.now().getTime();
  let launched: LaunchedSandbox | undefined;
  try {
    const settings: StartSettings = { dir, detached: keep, speed: demoSpeed, latency: 'off', quotas: 'on', seed: 7, references: defaultReferenceRows };
    launched = await openStage(inner, stage, settings);
    const inputs = path.join(scratch, 'inputs');
    await mkdir(inputs);
    await tellStory(inner, stage, launched.client, { directory: inputs, files, rows, references: settings.references });
  } finally {
    if (!keep || stage.checks.length === 0) await launched?.client.stop().catch(() => {});
    await rm(scratch, { recursive: true, force: true });
  }
  const seconds = Math.round((context.clock.now().getTime() - startedAt) / 1000);
  const ok = stage.checks.every((check) => check.ok);
  context.output.result({ ok, seconds, checks: stage.checks, kept: keep ? dir : null }, verdictLines);
  return ok ? ExitCode.done : ExitCode.failed;
}

async function openStage(context: CommandContext, stage: Stage, settings: StartSettings): Promise<LaunchedSandbox> {
  stage.chapter('Two Regions on this machine');
  stage.command('sandbox start');
  const launched = await launch(context, settings);
  try {
    const ready = await prepareSandbox(context, launched.client, settings);
    stage.say(
      `The templates that CDK synthesised are deployed into ${launched.client.facts.regions.join(', ')}; no AWS account is involved.`,
      `${ready.activeRegion} is active, epoch ${ready.epoch}. ${ready.referenceRowsLoaded} rows of reference data are loaded.`,
    );
    return launched;
  } catch (error) {
    await launched.client.stop().catch(() => {});
    throw error;
  }
}

function emptySandboxDirectory(context: CommandContext): string {
  const dir = sandboxDirectory(context, undefined);
  if (existsSync(path.join(dir, 'state.json'))) throw refused('SANDBOX_EXISTS', `There is a sandbox in ${dir} already; the demo needs a fresh one.`, ['Delete it: batchctl sandbox reset', 'Or leave out --keep: the demo then uses a folder of its own.']);
  return dir;
}

function withoutConfiguration(env: CommandContext['env'], scratch: string): CommandContext['env'] {
  const { BATCHCTL_CONFIG: _config, BATCHCTL_DEPLOYMENT: _deployment, ...rest } = env;
  return { ...rest, XDG_CONFIG_HOME: path.join(scratch, 'config'), XDG_STATE_HOME: path.join(scratch, 'state') };
}

/** The sandbox is its deployment, whatever was named; and forty jobs' every change of state would drown the story. */
function onStage(context: CommandContext, env: CommandContext['env']): CommandContext {
  const { config, ...flags } = context.flags;
  const own = { ...flags, deployment: sandboxDeployment, ...(config !== undefined && env === context.env ? { config } : {}) };
  const output: Output = context.output.format === 'human'
    ? { ...context.output, event: (event) => { if (event.type !== 'job') context.output.event(event); } }
    : context.output;
  return { ...context, env, flags: own, output, deployment: () => loadDeploymentOf(own, env) };
}

interface DemoDocument {
  ok: boolean;
  seconds: number;
  checks: Check[];
  kept: string | null;
}

function verdictLines({ ok, seconds, checks, kept }: DemoDocument, page: Page): string[] {
  const wrong = checks.filter((check) => !check.ok);
  const verdict = ok ? page.theme.good(`✔ ${plural(checks.length, 'check')}, all as they must be`) : page.theme.bad(`✖ ${wrong.length} of ${plural(checks.length, 'check')} went wrong: ${wrong.map((check) => check.name).join(', ')}`);
  return [
    '',
    `${verdict}, in ${seconds} s.`,
    ...(kept === null ? ['The sandbox is gone. To play on: batchctl sandbox start --detach'] : ['The sandbox is still running: batchctl -d sandbox status, and batchctl sandbox stop when you are done.']),
  ];
}
