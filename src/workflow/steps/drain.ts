import { refused } from '../../errors.js';
import { done, nowOf, skipped, targetLedger, warned, type OperationContext, type Step } from '../operation-context.js';

/** New inputs are accepted and held from here on; what runs may finish. Undone cleanly by `undoDrain`. */
export const drain: Step = {
  name: 'drain',
  async run(context) {
    const { plan } = context;
    const ledger = targetLedger(context);
    const before = await ledger.readControl();
    if (!before || before.epoch !== plan.epochBefore) {
      if (before && before.epoch >= plan.epochAfter && before.activeRegion === plan.to) return skipped('the fence stands already');
      throw refused('STALE_PLAN', `The plan expects epoch ${plan.epochBefore}; the ledger is at ${before ? before.epoch : 'none'}.`, ['Make a new plan by running the command again.']);
    }
    // A drain that another operation began and never finished is taken over by name, so that undoing it is ours too.
    if (before.phase === 'draining' && before.drainingTo === plan.to && before.operationId === context.operationId) return skipped('the pipeline is draining already');
    await ledger.replaceControl({ epoch: before.epoch, phase: before.phase }, {
      ...before, phase: 'draining', drainingTo: plan.to, operationId: context.operationId,
      changedAt: nowOf(context), changedBy: context.operator, ...(context.reason ? { reason: context.reason } : {}),
    });
    const after = await ledger.readControl();
    if (after?.phase !== 'draining' || after.drainingTo !== plan.to) throw refused('STALE_PLAN', 'Somebody else changed the control item meanwhile.', ['See the present state: batchctl status']);
    return done({ phase: after.phase });
  },
};

/**
 * Puts phase and dials back as they were. Only before the fence; harmless when there is nothing to undo. The phase comes
 * first: work goes on at once, however long the routes take, and a crash in between leaves only a drift that is seen.
 */
export async function undoDrain(context: OperationContext): Promise<{ undone: boolean }> {
  const { plan } = context;
  const ledger = targetLedger(context);
  const control = await ledger.readControl();
  if (!control || control.epoch !== plan.epochBefore || control.operationId !== context.operationId || plan.mode !== 'graceful') return { undone: false };
  if (control.phase === 'draining') {
    const { drainingTo: _drainingTo, ...rest } = control;
    await ledger.replaceControl({ epoch: control.epoch, phase: 'draining' }, { ...rest, phase: 'active', changedAt: nowOf(context), changedBy: context.operator, reason: 'undone' });
    const after = await ledger.readControl();
    if (after?.phase === 'draining' && after.operationId === context.operationId) throw new Error('the ledger still says draining');
  }
  await putDialsBack(context).catch((error: unknown) => {
    context.note('warn', `the traffic dials could not be put back: ${(error as Error).message}; batchctl status will show the drift`);
  });
  return { undone: true };
}

/** AWS takes up to two minutes for a change of routes and refuses the next one for as long. */
const routesUnderWayMs = 130_000;

/** Waits for our own change to be through, also when the operator has asked to stop: half an undo is none. */
async function putDialsBack(context: OperationContext): Promise<void> {
  const { clock } = context.read;
  const { from, to } = context.plan;
  const end = clock.now().getTime() + routesUnderWayMs;
  for (;;) {
    try {
      return await context.write.trafficDials.setDials({ [from]: 100, [to]: 0 });
    } catch (error) {
      if ((error as { code?: string }).code !== 'ROUTES_CONFLICT' || clock.now().getTime() > end) throw error;
      context.progress('undo', 'waiting for the change of routes that is under way');
      await clock.sleep(2000);
    }
  }
}

export const shiftUploads: Step = {
  name: 'shift-uploads',
  async run(context) {
    const { plan } = context;
    try {
      await context.write.trafficDials.setDials({ [plan.to]: 100, [plan.from]: 0 });
      return done({ uploadsTo: plan.to });
    } catch (error) {
      // Uploads that still land in the old Region replicate like any other; the move only takes longer.
      return warned(`new uploads still land in ${plan.from}: ${(error as Error).message}`);
    }
  },
};
