import { OperatorError, refused, ExitCode } from '../../errors.js';
import { done, nowOf, skipped, targetLedger, type Step } from '../operation-context.js';
import { assertLockHeld } from './lock.js';

/**
 * Lets the active Region claim work again after a graceful move that nobody finished. The epoch stays: nothing has been
 * fenced, so what ran before the drain may commit as ever.
 */
export const reopen: Step = {
  name: 'undo',
  async run(context) {
    const { plan } = context;
    const ledger = targetLedger(context);
    const before = await ledger.readControl();
    if (!before || before.epoch !== plan.epochBefore || before.activeRegion !== plan.to) {
      throw refused('STALE_PLAN', `The plan expects ${plan.to} to be active at epoch ${plan.epochBefore}; the ledger says ${before ? `${before.activeRegion}, epoch ${before.epoch}` : 'nothing'}.`, ['Make a new plan by running the command again.']);
    }
    if (before.phase === 'active') return skipped('the pipeline is active already');
    await assertLockHeld(context);
    const { drainingTo: _drainingTo, ...rest } = before;
    await ledger.replaceControl({ epoch: before.epoch, phase: before.phase }, {
      ...rest, phase: 'active', operationId: context.operationId, changedAt: nowOf(context), changedBy: context.operator, reason: context.reason ?? 'undone',
    });
    const after = await ledger.readControl();
    if (after?.phase === 'active' && after.epoch === before.epoch) return done({ phase: after.phase });
    throw new OperatorError('UNDO_NOT_SEEN', `The pipeline was opened again, but the ledger says ${after?.phase ?? 'nothing'}.`, {
      exitCode: ExitCode.interrupted, nextSteps: ['See the present state: batchctl status'],
    });
  },
};
