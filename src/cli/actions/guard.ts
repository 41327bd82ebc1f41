import type { Deployment } from '../../config/schema.js';
import { describeFailure } from '../../core/failure.js';
import { guardLook, type GuardState, type GuardVerdict } from '../../core/guard.js';
import type { Plan } from '../../core/operation.js';
import { ExitCode, OperatorError, usage } from '../../errors.js';
import type { WatchData } from '../../ui/screen/model/watch-model.js';
import { guardLines, guardResultLines, type GuardDecision, type GuardResult } from '../../ui/views/guard.js';
import type { ReadPorts } from '../../workflow/ports.js';
import { checkCaller } from '../caller.js';
import { checkRegion, connectForReading, operatorName } from '../connect.js';
import { warn, type CommandContext } from '../context.js';
import { parseDuration } from '../durations.js';
import { createGuardJournal, type GuardJournal } from '../guard-journal.js';
import { screenTerminal, wantsWords } from '../live-terminal.js';
import { lookForWatch } from './look-for-watch.js';
import { execute } from './move.js';
import { makePlan } from './plan.js';
import { watch } from './watch.js';

export interface GuardFlags {
  to?: string;
  auto?: boolean;
  interval: string;
  screenReader?: boolean;
}

/** Thrown out of the watch, so that the screen is given back before anything else is said. */
class GuardFired extends Error {
  constructor(readonly verdict: Extract<GuardVerdict, { kind: 'move' | 'arrived' }>) {
    super(verdict.why);
  }
}

/**
 * Looks until it is stopped, and says what it makes of each look. With `--auto` it moves on a GO that held: once, and then
 * it ends. An attempt that was refused before anything was touched is no move, and the guard goes on.
 */
export async function guard(context: CommandContext, flags: GuardFlags): Promise<ExitCode> {
  if (flags.to === undefined) throw usage('USAGE', 'Which Region? guard needs --to.', ['See which one could take over: batchctl assess']);
  const intervalMs = Math.max(1000, parseDuration(flags.interval, '--interval'));
  const deployment = await context.deployment();
  const to = checkRegion(flags.to, deployment, '--to');
  const read = connectForReading(deployment, context);
  const auto = flags.auto === true;
  // Better now than in the night when it would have moved.
  if (auto) await checkCaller(context, deployment, to === deployment.home ? deployment.other : deployment.home);
  const journal = createGuardJournal(context, deployment.name);
  const watcher = createWatcher(context, { deployment, read, to, auto, journal, intervalMs });
  await record(context, journal, { type: 'guard-started', at: nowOf(context), deployment: deployment.name, to, auto, operator: operatorName(), holdSeconds: deployment.policy.guardHoldSeconds });
  for (;;) {
    const fired = await untilFired(context, { deployment: deployment.name, intervalMs, screenReader: flags.screenReader === true, look: watcher.look });
    if (!fired) return end(context, journal, watcher.result('stopped'));
    if (fired.kind === 'arrived') return end(context, journal, watcher.result('arrived'));
    const exitCode = await moveOnce(context, { deployment, read, to, journal }, fired);
    if (exitCode !== undefined) return exitCode;
    watcher.holdAnew();
  }
}

async function untilFired(context: CommandContext, request: Parameters<typeof watch>[1]): Promise<GuardFired['verdict'] | undefined> {
  try {
    await watch(context, request);
    return undefined;
  } catch (error) {
    if (error instanceof GuardFired) return error.verdict;
    throw error;
  }
}

interface Scene {
  deployment: Deployment;
  read: ReadPorts;
  to: string;
  journal: GuardJournal;
}

function createWatcher(context: CommandContext, scene: Scene & { auto: boolean; intervalMs: number }) {
  const { deployment, read, to, auto, journal, intervalMs } = scene;
  const drawn = context.output.format === 'human' && context.terminal.animated && screenTerminal(context.streams.stdout) !== undefined && !wantsWords(context.env);
  const longestGapSeconds = (3 * intervalMs) / 1000 + 2 * deployment.policy.probeTimeoutSeconds;
  let state: GuardState = {};
  let shown: GuardVerdict | undefined;
  let looks = 0;
  return {
    holdAnew: () => { state = {}; },
    result: (because: GuardResult['because']): GuardResult => ({ deployment: deployment.name, to, because, looks, last: shown ?? null, journal: journal.file }),
    async look(inner: CommandContext): Promise<WatchData> {
      const data = await lookForWatch(deployment, read, inner);
      const judged = guardLook(state, data.snapshot, data.assessment.recommendation, { to, policy: deployment.policy, longestGapSeconds });
      state = judged.state;
      looks += 1;
      const { verdict } = judged;
      if (verdict.kind !== shown?.kind || gist(verdict.why) !== gist(shown.why)) {
        await record(context, journal, { type: 'guard-decided', at: data.snapshot.observedAt, verdict });
        const decision: GuardDecision = { at: data.snapshot.observedAt, to, auto, ...verdict };
        // The drawn screen shows the verdict itself, and words between its rows would tear it.
        if (!drawn) context.output.aside('guard', decision, guardLines);
      }
      shown = verdict;
      if (verdict.kind === 'arrived' || (verdict.kind === 'move' && auto)) throw new GuardFired(verdict);
      return { ...data, guard: { to, auto, verdict } };
    },
  };
}

/** Undefined: refused before anything was touched. */
async function moveOnce(context: CommandContext, { deployment, read, to, journal }: Scene, fired: Extract<GuardVerdict, { kind: 'move' }>): Promise<ExitCode | undefined> {
  try {
    const plan = await freshPlan(context, deployment, read, to);
    const exitCode = await execute(context, deployment, read, plan, { reason: `guard --auto: a GO held for ${fired.heldSeconds} s: ${fired.why}`, drainDeadline: 'undo' });
    await record(context, journal, { type: 'guard-ended', at: nowOf(context), because: 'moved' });
    warn(context, `The guard has moved the pipeline once and stops here. Its decisions: ${journal.file}`);
    return exitCode;
  } catch (error) {
    if (!(error instanceof OperatorError) || error.exitCode !== ExitCode.refused) throw error;
    await record(context, journal, { type: 'guard-refused', at: nowOf(context), code: error.code, message: error.message });
    warn(context, `The move was refused, nothing was touched, and the guard goes on: ${error.message}`);
    return undefined;
  }
}

/** The plan rests on a look of its own, and has to be as harmless as the looks before it were. */
async function freshPlan(context: CommandContext, deployment: Deployment, read: ReadPorts, to: string): Promise<Plan> {
  const planned = await makePlan(deployment, read, context, { kind: 'failover', mode: 'ungraceful', to });
  if (planned.kind === 'nothing-to-do') throw new OperatorError('ALREADY_THERE', `${to} is active already.`, { exitCode: ExitCode.refused });
  const { recommendation, park } = planned.plan;
  if (recommendation.verdict === 'GO' && park.length === 0 && (recommendation.acknowledge ?? []).length === 0) return planned.plan;
  throw new OperatorError('GUARD_NOT_SURE', `The last look before the move says ${recommendation.verdict}: ${[...recommendation.blockers, ...recommendation.reasons].join('; ')}.`, { exitCode: ExitCode.refused });
}

async function end(context: CommandContext, journal: GuardJournal, result: GuardResult): Promise<ExitCode> {
  await record(context, journal, { type: 'guard-ended', at: nowOf(context), because: result.because });
  context.output.result(result, guardResultLines);
  return ExitCode.done;
}

/** Ages and counts tick on without the mind having changed. */
function gist(why: string): string {
  return why.replace(/\d+/g, '#');
}

/** A full disk must not end the watch; the operation that a move makes keeps its own journal, in the ledger too. */
async function record(context: CommandContext, journal: GuardJournal, entry: Parameters<GuardJournal['record']>[0]): Promise<void> {
  try {
    await journal.record(entry);
  } catch (error) {
    warn(context, `The guard's journal cannot be written (${describeFailure(error)}).`);
  }
}

function nowOf(context: CommandContext): string {
  return context.clock.now().toISOString();
}
