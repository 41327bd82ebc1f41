import { OperatorError, refused, ExitCode } from '../../errors.js';
import { done, nowOf, skipped, targetLedger, type Step } from '../operation-context.js';
import { assertLockHeld } from './lock.js';

/**
 * The point of no return: one conditional write raises the epoch. From then on no commit of the old Region is accepted,
 * wherever that Region is and whatever it believes.
 */
export const fence: Step = {
  name: 'fence',
  async run(context) {
    const { plan } = context;
    const ledger = targetLedger(context);
    const before = await ledger.readControl();
    if (before && before.epoch >= plan.epochAfter && before.activeRegion === plan.to) {
      context.passedPointOfNoReturn = true;
      return skipped(`the ledger already says ${plan.to}, epoch ${before.epoch}`, { epoch: before.epoch });
    }
    if (!before || before.epoch !== plan.epochBefore) {
      throw refused('STALE_PLAN', `The plan expects epoch ${plan.epochBefore}; the ledger is at ${before ? before.epoch : 'none'}.`, ['Make a new plan by running the command again.']);
    }
    await assertLockHeld(context);
    const at = nowOf(context);
    await ledger.replaceControl({ epoch: before.epoch, phase: before.phase }, {
      epoch: plan.epochAfter, activeRegion: plan.to, phase: 'active', operationId: context.operationId,
      changedAt: at, changedBy: context.operator, previousRegion: plan.from, ...(context.reason ? { reason: context.reason } : {}),
    });
    // What the write returned is not trusted: what stands there is.
    const after = await ledger.readControl();
    if (after?.epoch !== plan.epochAfter || after.activeRegion !== plan.to) {
      throw new OperatorError('FENCE_NOT_SEEN', `The fence was written, but the ledger says ${after ? `${after.activeRegion}, epoch ${after.epoch}` : 'nothing'}.`, {
        exitCode: ExitCode.interrupted, nextSteps: ['See the present state: batchctl status'],
      });
    }
    context.passedPointOfNoReturn = true;
    return done({ epoch: after.epoch, activeRegion: after.activeRegion });
  },
};
