import type { OperationSummary } from '../../../core/operation.js';
import type { Recommendation } from '../../../core/recommendation-types.js';
import type { Snapshot } from '../../../core/snapshot.js';
import { controlOf, otherRegion } from '../../../core/view.js';

/** The exact command that follows a recommendation; undefined where there is nothing to do. */
export function nextCommand(snapshot: Snapshot, recommendation: Recommendation, lastOperation?: OperationSummary | null): string | undefined {
  const { action, to } = recommendation;
  const command = `batchctl -d ${snapshot.deployment}`;
  switch (action) {
    case 'stay': return undefined;
    case 'failover': return `${command} failover --to ${to}`;
    case 'failback': return `${command} failback --to ${to}`;
    case 'investigate': return to === null ? `${command} assess` : `${command} assess --to ${to}`;
    case 'resume': {
      const operationId = unfinishedOperation(snapshot);
      const kind = operationId !== undefined && lastOperation?.operationId === operationId ? lastOperation.kind : 'failover';
      // Without an operation to name, moving to where the ledger already points repairs what differs from it.
      return operationId === undefined ? `${command} failover --to ${to}` : `${command} ${kind === 'failback' ? 'failback' : 'failover'} --resume ${operationId}`;
    }
  }
}

/** The Region that a failover would go to, whether or not one is advised; undefined when the ledger does not answer. */
export function failoverTarget(snapshot: Snapshot): string | undefined {
  const control = controlOf(snapshot);
  return control.known && control.value ? otherRegion(snapshot, control.value.activeRegion) : undefined;
}

function unfinishedOperation(snapshot: Snapshot): string | undefined {
  const lock = snapshot.lock.known ? snapshot.lock.value : null;
  if (lock) return lock.operationId;
  const control = controlOf(snapshot);
  return control.known && control.value?.phase !== 'active' ? control.value?.operationId : undefined;
}
