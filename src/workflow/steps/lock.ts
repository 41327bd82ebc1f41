import { ExitCode, OperatorError, refused } from '../../errors.js';
import type { OperationLock } from '../../core/control.js';
import { done, nowOf, targetLedger, type OperationContext, type Step } from '../operation-context.js';

export function lockOf(context: OperationContext, now: string): OperationLock {
  return {
    operationId: context.operationId,
    owner: context.operator,
    kind: context.plan.kind,
    acquiredAt: now,
    leaseEndsAt: new Date(Date.parse(now) + context.policy.lockLeaseSeconds * 1000).toISOString(),
  };
}

export const acquireLock: Step = {
  name: 'acquire-lock',
  async run(context) {
    const now = nowOf(context);
    const outcome = await targetLedger(context).acquireLock(lockOf(context, now), now);
    if (!outcome.acquired) throw lockHeld(outcome.holder, now);
    return done({ leaseSeconds: context.policy.lockLeaseSeconds });
  },
};

export const releaseLock: Step = {
  name: 'release-lock',
  async run(context) {
    await targetLedger(context).releaseLock(context.operationId);
    return done();
  },
};

export function lockHeld(holder: OperationLock, now: string): OperatorError {
  const seconds = Math.max(0, Math.ceil((Date.parse(holder.leaseEndsAt) - Date.parse(now)) / 1000));
  return refused('LOCK_HELD', `${holder.owner} is running ${holder.kind} ${holder.operationId} since ${holder.acquiredAt}; only one operation may move a deployment at a time.`, [
    `Its lease ends in ${seconds} s unless it is renewed. Watch it: batchctl status`,
    `When the lease has lapsed, take over: batchctl ${holder.kind === 'failback' ? 'failback' : 'failover'} --resume ${holder.operationId}`,
  ], { holder });
}

/** A drill's moves are resumed like any other, by the command that every operator knows. */
export function resumeCommand({ plan, operationId }: Pick<OperationContext, 'plan' | 'operationId'>): string {
  return `${plan.kind === 'failback' ? 'failback' : 'failover'} --resume ${operationId}`;
}

/** Asked again before anything that cannot be undone: a lease may have lapsed while this process was asleep. */
export async function assertLockHeld(context: OperationContext): Promise<void> {
  const leaseEndsAt = new Date(context.read.clock.now().getTime() + context.policy.lockLeaseSeconds * 1000).toISOString();
  if (await targetLedger(context).renewLock(context.operationId, leaseEndsAt)) return;
  throw new OperatorError('LOCK_LOST', 'This operation no longer holds the lock, so it changed nothing further.', {
    exitCode: ExitCode.interrupted,
    nextSteps: ['See who holds it: batchctl status', `Go on when it is free: batchctl ${resumeCommand(context)}`],
  });
}
