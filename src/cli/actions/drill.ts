import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Deployment } from '../../config/schema.js';
import { writePrivately } from '../../config/write.js';
import { drillScenarios, judgeDrill, type DrillMeasures, type DrillResult } from '../../core/drill.js';
import type { OperationReport } from '../../core/report.js';
import { ExitCode, refused, usage } from '../../errors.js';
import type { SandboxClient } from '../../sandbox/index.js';
import { reportHtml } from '../../ui/report/html.js';
import { formatUtc } from '../../ui/quantities.js';
import { drillView } from '../../ui/views/drill.js';
import { planLines } from '../../ui/views/plan.js';
import { forEachLimited } from '../../workflow/concurrency.js';
import { checkCaller } from '../caller.js';
import { checkRegion, connectForReading } from '../connect.js';
import { note, type CommandContext } from '../context.js';
import { planDrill } from '../drill/drive.js';
import { withOwnSandbox } from '../drill/own-sandbox.js';
import { drillDirectory, readDrills, recordDrill } from '../drill/records.js';
import { rehearse } from '../drill/rehearse.js';
import type { Scene } from '../drill/scene.js';
import { scenarios, type Scenario } from '../drill/scenarios.js';
import { askToType, canAsk } from '../questions.js';
import { connectToSandbox, withSandboxErrors } from '../sandbox-access.js';
import { reportOne } from './report.js';

export interface DrillRequest {
  scenario?: string[];
  all?: boolean;
  to?: string;
  dir?: string;
  confirm?: string;
  report?: string;
}

interface Rehearsed {
  measures: DrillMeasures;
  reports: OperationReport[];
  policy: Deployment['policy'];
}

/** The name under which results of sandboxes of the drill's own are kept. */
const ownSandbox = 'own-sandbox';
/** Each has a sandbox of its own and mostly waits. */
const sandboxesAtOnce = 2;

/**
 * Rehearses moves there and back, holds what was measured against the policy's targets, and compares it with earlier
 * drills. Exit code 1 when a target was missed or anything was not as it must be.
 */
export async function drill(context: CommandContext, request: DrillRequest): Promise<ExitCode> {
  const chosen = chooseScenarios(request);
  const named = namesDeployment(context);
  const startedAt = context.clock.now();
  const rehearsed = named ? await onDeployment(context, chosen, request) : await onOwnSandboxes(context, chosen, request);
  const deployment = named ? (await context.deployment()).name : ownSandbox;
  const directory = drillDirectory(context.env, deployment);
  const earlier = await readDrills(directory);
  const results: DrillResult[] = [];
  for (const { measures, policy } of rehearsed) {
    results.push(judgeDrill(measures, policy, earlier));
    await recordDrill(directory, measures);
  }
  const report = path.resolve(request.report ?? path.join(directory, `${startedAt.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z.html`));
  await writePrivately(report, `${reportHtml(rehearsed.flatMap((each) => each.reports), `Drill of ${deployment}, ${formatUtc(startedAt)}`).join('\n')}\n`);
  const ok = results.every((result) => result.ok);
  context.output.result({ deployment, ok, seconds: Math.round((context.clock.now().getTime() - startedAt.getTime()) / 1000), report, scenarios: results }, drillView);
  return ok ? ExitCode.done : ExitCode.failed;
}

/** A drill plays on sandboxes of its own unless a deployment was asked for in so many words; a default is not enough. */
export function namesDeployment({ flags, env }: Pick<CommandContext, 'flags' | 'env'>): boolean {
  return flags.deployment !== undefined || flags.config !== undefined || Boolean(env['BATCHCTL_DEPLOYMENT']);
}

function chooseScenarios({ scenario, all }: DrillRequest): Scenario[] {
  if (all && scenario) throw usage('USAGE', 'Either --all or --scenario, not both.');
  if (all) return [...scenarios];
  const names = new Set(scenario ?? ['planned-move']);
  return [...names].map((name) => {
    const found = scenarios.find((each) => each.name === name);
    if (!found) throw usage('USAGE', `There is no scenario ${JSON.stringify(name)}.`, [`Scenarios: ${drillScenarios.join(', ')}.`]);
    return found;
  });
}

/** A fresh sandbox for each scenario, so that none starts from what another left; gives the results in the order asked for. */
async function onOwnSandboxes(context: CommandContext, chosen: Scenario[], request: DrillRequest): Promise<Rehearsed[]> {
  if (request.dir !== undefined) throw usage('USAGE', '--dir is the folder of the sandbox that -d names.', ['For a sandbox of the drill\'s own, leave both out.']);
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'batchctl-drill-'));
  const done = new Map<Scenario, Rehearsed>();
  try {
    const longestFirst = [...chosen].sort((left, right) => Number(right.takesMinutes) - Number(left.takesMinutes));
    await forEachLimited(longestFirst, sandboxesAtOnce, async (scenario) => {
      note(context, `${scenario.name}: ${scenario.summary}`);
      done.set(scenario, await withOwnSandbox(context, path.join(scratch, scenario.name), chosen.indexOf(scenario) + 1, (inner, sandbox) => play(inner, scenario, sandbox, request)));
    });
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
  return chosen.map((scenario) => done.get(scenario) as Rehearsed);
}

/** One after the other on the deployment that was named. Only its own sandbox is ever broken on purpose. */
async function onDeployment(context: CommandContext, chosen: Scenario[], request: DrillRequest): Promise<Rehearsed[]> {
  const deployment = await context.deployment();
  const sandbox = deployment.transport ? await connectToSandbox(context, request.dir) : null;
  if (sandbox) await refuseBroken(sandbox);
  else {
    const breaking = chosen.filter((scenario) => scenario.name !== 'planned-move').map((scenario) => scenario.name);
    if (breaking.length > 0) {
      throw refused('DRILL_ON_SANDBOX_ONLY', `${breaking.join(', ')} would break things, and ${deployment.name} is a real deployment: only planned-move is rehearsed on it.`, [
        `On ${deployment.name}: batchctl -d ${deployment.name} drill --scenario planned-move`,
        'On a sandbox of its own: batchctl drill --all',
        deployment.faultTemplates
          ? `To break one of its Regions on purpose, start an experiment, then move as in earnest. The commands: batchctl -d ${deployment.name} drill --list`
          : 'To break a real Region on purpose, deploy its AWS FIS experiments first: cdk deploy --all -c chaos=true',
      ]);
    }
    await confirmReal(context, deployment, request);
  }
  const rehearsed: Rehearsed[] = [];
  for (const scenario of chosen) {
    note(context, `${scenario.name}: ${scenario.summary}`);
    rehearsed.push(await play(context, scenario, sandbox, request));
  }
  return rehearsed;
}

async function refuseBroken(sandbox: SandboxClient): Promise<void> {
  const { regions, services, arcEndpoints, replication, credentials } = await withSandboxErrors(() => sandbox.listFaults());
  const broken = [...Object.values(regions).filter((state) => state !== 'up'), ...Object.values(arcEndpoints).filter((state) => state !== 'up'), ...Object.values(credentials).filter((state) => state !== 'ok'), ...Object.values(services).filter((state) => state !== 'ok'), ...Object.values(replication).filter((state) => state.mode !== 'flowing')];
  if (broken.length > 0) throw refused('SANDBOX_BROKEN', 'Something is broken in this sandbox already; a drill starts from a healthy pair, and mends everything at its end.', ['See what: batchctl sandbox fault list', 'Mend it: batchctl sandbox fault clear']);
}

/** Moving a real pipeline for practice is asked about by the deployment's name, so that no flag kept in a script answers it. */
async function confirmReal(context: CommandContext, deployment: Deployment, request: DrillRequest): Promise<void> {
  const scene = await openScene(context, 'planned-move', null, request);
  const plan = await planDrill(scene, scene.to, 'graceful');
  if (plan.recommendation.verdict !== 'GO') throw refused(plan.recommendation.verdict, `${scene.to} cannot take over now, so this is no moment for a drill: ${plan.recommendation.blockers.join('; ') || plan.recommendation.reasons.join('; ')}.`, [`See the evidence: batchctl assess --to ${scene.to}`]);
  await checkCaller(context, deployment);
  context.output.aside('plan', plan, planLines);
  if (request.confirm !== undefined) {
    if (request.confirm === deployment.name) return;
    throw refused('CONFIRMATION_MISMATCH', `--confirm says ${JSON.stringify(request.confirm)}, and the deployment is ${deployment.name}. Nothing was touched.`);
  }
  if (!canAsk(context)) throw refused('CONFIRMATION_NEEDED', `This moves the real deployment ${deployment.name} to ${scene.to} and back, and there is no terminal to confirm it on. Nothing was touched.`, [`Add: --confirm ${deployment.name}`]);
  await askToType(context, `\nTo move ${deployment.name} to ${scene.to} and back to ${scene.from}, type the deployment's name (${deployment.name})`, deployment.name);
}

async function play(context: CommandContext, scenario: Scenario, sandbox: SandboxClient | null, request: DrillRequest): Promise<Rehearsed> {
  const scene = await openScene(context, scenario.name, sandbox, request);
  const measures = await rehearse(scene, scenario);
  const reports: OperationReport[] = [];
  // While the sandbox still stands: its ledger and its buckets are what the reports are made from.
  for (const operationId of measures.operationIds) reports.push(await reportOne(context, scene.deployment, scene.read, operationId));
  return { measures, reports, policy: scene.deployment.policy };
}

async function openScene(context: CommandContext, name: string, sandbox: SandboxClient | null, request: DrillRequest): Promise<Scene> {
  const deployment = await context.deployment();
  const read = connectForReading(deployment, context);
  if (request.to !== undefined) checkRegion(request.to, deployment, '--to');
  const control = await Promise.any(Object.values(read.ledgers).map((ledger) => ledger.readControl()));
  if (!control) throw refused('NOT_INITIALISED', 'The deployment has no routing yet.', ['Set it: batchctl init']);
  const from = control.activeRegion;
  const to = from === deployment.home ? deployment.other : deployment.home;
  if (request.to !== undefined && request.to !== to) throw refused('ALREADY_ACTIVE', `${request.to} is active already; a drill moves to the other Region and back.`, [`Leave out --to, or: --to ${to}`]);
  return { context, deployment, read, sandbox, from, to, say: (line) => note(context, `${name}: ${line}`) };
}
