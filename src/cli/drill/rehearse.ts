import { foldOperation } from '../../core/operation-fold.js';
import type { DrillCheck, DrillMeasures } from '../../core/drill.js';
import { describeFailure } from '../../core/failure.js';
import type { Job } from '../../core/job.js';
import type { OperationResult, Plan } from '../../core/operation.js';
import type { MoveMode } from '../../core/recommendation-types.js';
import { controlOf } from '../../core/view.js';
import { Cancelled, OperatorError } from '../../errors.js';
import { formatSeconds, plural } from '../../ui/quantities.js';
import { look } from '../actions/look.js';
import { readOperation } from '../journals.js';
import { planDrill, runHere, runKilledAndResumed } from './drive.js';
import { jobsNow, waitFor, type Scene } from './scene.js';
import type { Broken, Scenario } from './scenarios.js';

const verdictDeadlineMs = 120_000;
const jobsDeadlineMs = 120_000;
/** A Region's last five synthetic jobs and one-minute looks have to be good before anything moves back to it. */
const fitDeadlineMs = 400_000;
/** AWS takes up to two minutes for a change of the access point's routes. */
const settledDeadlineMs = 150_000;

/**
 * Plays one scenario from a healthy pair back to a healthy pair and measures it. Whatever goes wrong becomes a check that
 * is not as it must be; only the operator's own Ctrl-C is thrown.
 */
export async function rehearse(scene: Scene, scenario: Scenario): Promise<DrillMeasures> {
  const measures: DrillMeasures = {
    scenario: scenario.name, at: scene.context.clock.now().toISOString(), detectSeconds: null, rtoSeconds: null, returnSeconds: null, leftBehind: null, heldBack: 0,
    jobs: { total: 0, redriven: 0, partsKept: 0 }, operationIds: [], checks: [],
  };
  const check = (name: string, ok: boolean, detail: string): void => {
    measures.checks.push({ name, ok, detail } satisfies DrillCheck);
    if (!ok) scene.say(`not as it must be: ${name}: ${detail}`);
  };
  try {
    await play(scene, scenario, measures, check);
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    check('finished', false, describeFailure(error));
  } finally {
    await scene.sandbox?.clearFaults();
  }
  scene.context.signal.throwIfAborted();
  return measures;
}

type Check = (name: string, ok: boolean, detail: string) => void;

async function play(scene: Scene, scenario: Scenario, measures: DrillMeasures, check: Check): Promise<void> {
  const { sandbox, from } = scene;
  // A deployment that has only just been set up may still be settling; what is compared at the end must not be.
  const before = await waitFor(scene, 'settled routing', settledDeadlineMs, async () => (await routingNow(scene)).settled);
  const broken: Broken = sandbox ? await scenario.prepare(scene, sandbox) : { jobs: [], heldBack: [] };
  measures.jobs.total = broken.jobs.length;
  measures.heldBack = broken.heldBack.length;
  const reason = `drill: ${scenario.name}`;
  const { result, lostSeconds } = await moveAway(scene, scenario, await untilAdvised(scene, scenario, measures), reason);
  await judgeMove(scene, result, broken, measures, check);
  // Tries that were refused are part of what an operator waits for.
  if (measures.rtoSeconds !== null) measures.rtoSeconds = Math.round((measures.rtoSeconds + lostSeconds) * 10) / 10;
  if (!result.outcome.startsWith('done')) return;

  await sandbox?.clearFaults();
  await judgeJobs(scene, broken.jobs, check);
  const back = await moveBack(scene, from, reason);
  measures.operationIds.push(back.operationId);
  measures.returnSeconds = back.rtoSeconds;
  check('moved back', back.outcome === 'done', `${back.outcome}${back.error ? `: ${back.error.message}` : ''}, epoch ${back.epoch}`);
  const after = await waitFor(scene, 'routing as it was', settledDeadlineMs, async () => {
    const { settled } = await routingNow(scene);
    return settled === before ? settled : undefined;
  }).catch(async () => (await routingNow(scene)).told);
  check('routing as it was', after === before, after === before ? after : `${after}; it was: ${before}`);
}

/** A planned move needs no reason; any other waits until the evidence advises it, as an operator would. */
async function untilAdvised(scene: Scene, scenario: Scenario, measures: DrillMeasures): Promise<Plan> {
  const { context, deployment, read, to } = scene;
  if (scenario.mode === 'graceful') return fitPlan(scene, to, scene.sandbox ? fitDeadlineMs : 0);
  const since = context.clock.now().getTime();
  await waitFor(scene, 'a verdict that advises the move', verdictDeadlineMs, async () => {
    const { assessment } = await look(deployment, read, context);
    const { action, verdict } = assessment.recommendation;
    return (action === 'failover' || action === 'failback') && (verdict === 'GO' || verdict === 'GO_WITH_DATA_RISK') ? true : undefined;
  });
  measures.detectSeconds = Math.round((context.clock.now().getTime() - since) / 100) / 10;
  scene.say(`the evidence advises the move after ${formatSeconds(measures.detectSeconds)}`);
  return runnablePlan(scene);
}

/** A gray Region looks well now and then; an operator who has seen enough asks again. */
function runnablePlan(scene: Scene): Promise<Plan> {
  return waitFor(scene, 'a plan that may be run', verdictDeadlineMs, async () => {
    const plan = await planOnceSeen(scene, scene.to, 'ungraceful');
    return plan?.recommendation.verdict === 'GO' || plan?.recommendation.verdict === 'GO_WITH_DATA_RISK' ? plan : undefined;
  });
}

/**
 * Runs the move; where it is refused for want of evidence, which touches nothing, it is planned and run again, as an
 * operator would. `lostSeconds` is what the refused tries took.
 */
async function moveAway(scene: Scene, scenario: Scenario, first: Plan, reason: string): Promise<{ result: OperationResult; lostSeconds: number }> {
  const { clock } = scene.context;
  const firstAt = clock.now().getTime();
  const run = scenario.driver === 'here' ? runHere : runKilledAndResumed;
  for (let plan = first; ; plan = await runnablePlan(scene)) {
    const startedAt = clock.now().getTime();
    scene.say(`moving to ${scene.to} (${plan.recommendation.verdict.replaceAll('_', ' ')})`);
    try {
      return { result: await run(scene, plan, reason), lostSeconds: (startedAt - firstAt) / 1000 };
    } catch (error) {
      const again = error instanceof OperatorError && error.code === 'INSUFFICIENT_DATA' && scenario.mode === 'ungraceful' && startedAt - firstAt < verdictDeadlineMs;
      if (!again) throw error;
      scene.say(`refused, and nothing was touched: ${error.message}`);
    }
  }
}

/** Undefined: the ledger did not answer this time, which is no reason to give a rehearsal up. */
async function planOnceSeen(scene: Scene, to: string, mode: MoveMode): Promise<Plan | undefined> {
  try {
    return await planDrill(scene, to, mode);
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'LEDGER_UNREADABLE') return undefined;
    throw error;
  }
}

/** The plan of a graceful move to `to`, once nothing is in its way any more. Throws what was in the way at the end. */
async function fitPlan(scene: Scene, to: string, deadlineMs: number): Promise<Plan> {
  let blockers: string[] = [];
  try {
    return await waitFor(scene, `${to} is fit to take over`, deadlineMs, async () => {
      const plan = await planOnceSeen(scene, to, 'graceful');
      if (!plan) return undefined;
      blockers = plan.recommendation.blockers;
      return plan.recommendation.verdict === 'GO' ? plan : undefined;
    });
  } catch (error) {
    scene.context.signal.throwIfAborted();
    throw blockers.length > 0 ? new Error(`${to} could not take over: ${blockers.join('; ')}`, { cause: error }) : error;
  }
}

async function moveBack(scene: Scene, from: string, reason: string): Promise<OperationResult> {
  const plan = await fitPlan(scene, from, fitDeadlineMs);
  scene.say(`moving back to ${from}`);
  return runHere(scene, plan, `${reason}, the way back`);
}

async function judgeMove(scene: Scene, result: OperationResult, broken: Broken, measures: DrillMeasures, check: Check): Promise<void> {
  measures.operationIds.push(result.operationId);
  measures.rtoSeconds = result.rtoSeconds;
  measures.leftBehind = result.outcome.startsWith('done') ? result.parked.length : null;
  const events = await readOperation(scene.context, scene.deployment.name, scene.read.ledgers, result.operationId);
  const redriven = result.redriven.length;
  measures.jobs.redriven = redriven;
  measures.jobs.partsKept = result.redriven.reduce((total, job) => total + job.partsKept, 0);
  const expected = broken.heldBack.length > 0 ? 'done_with_exceptions' : 'done';
  check('moved', result.outcome === expected, `${result.outcome}${result.error ? `: ${result.error.message}` : ''}, epoch ${result.epoch}, ${plural(redriven, 'job')} re-driven`);
  check('journal', foldOperation(events)?.result?.operationId === result.operationId, `${events.length} events can be read back`);
  const named = result.parked.map((job) => job.jobId).sort().join();
  check('what is left behind is named', named === broken.heldBack.map((job) => job.jobId).sort().join(), `${result.parked.length} named, ${broken.heldBack.length} held back`);
  scene.say(`moved in ${formatSeconds(result.rtoSeconds)}, ${plural(result.parked.length, 'input')} left behind`);
}

/** Parked jobs start by themselves when their inputs arrive, so in the end every job must have succeeded. */
async function judgeJobs(scene: Scene, jobs: Job[], check: Check): Promise<void> {
  if (jobs.length === 0) return;
  const ended = await waitFor(scene, 'every job has ended', jobsDeadlineMs, async () => {
    const now = await jobsNow(scene, jobs);
    return now.every((job) => job.status === 'SUCCEEDED' || job.status === 'FAILED') ? now : undefined;
  }).catch(() => jobsNow(scene, jobs));
  const succeeded = ended.filter((job) => job.status === 'SUCCEEDED').length;
  check('every job succeeded', succeeded === jobs.length, `${succeeded} of ${jobs.length}`);
}

/**
 * What "as it was" is about: who is active, its phase, ARC and the dials; the epoch never goes back. `settled` is the same,
 * once all of it can be seen and agrees.
 */
async function routingNow({ context, deployment, read }: Scene): Promise<{ told: string; settled?: string }> {
  const { snapshot, assessment } = await look(deployment, read, context);
  const control = controlOf(snapshot);
  const item = control.known ? control.value : null;
  const { arc, mrap } = snapshot.routing;
  const words = (values: Record<string, unknown>): string => snapshot.regions.map((region) => `${region} ${String(values[region])}`).join(', ');
  const told = [
    item ? `${item.activeRegion} ${item.phase}` : 'ledger unknown',
    arc === null ? 'no ARC' : arc.known ? `ARC ${words(arc.value.states)}` : 'ARC unknown',
    mrap.known ? `dials ${words(mrap.value)}` : 'dials unknown',
  ].join('; ');
  const seen = item?.phase === 'active' && (arc === null || (arc.known && !arc.value.disagree)) && mrap.known;
  return { told, ...(seen && assessment.drift.length === 0 ? { settled: told } : {}) };
}
