import { refused } from '../errors.js';
import { targetLedger, type OperationContext } from './operation-context.js';

/**
 * Whether the fence of an operation that was interrupted stands already. The ledger is asked, not the journal: the write
 * may have landed while nobody was left to note it.
 */
export async function fenceStands(context: OperationContext): Promise<boolean> {
  const { plan, operationId } = context;
  const control = await targetLedger(context).readControl();
  return control !== undefined && control.epoch === plan.epochAfter && control.activeRegion === plan.to && control.operationId === operationId;
}

/**
 * An operation that others moved past must not be taken up again: it would pull routing back to where it once wanted it.
 *
 * @throws OperatorError `OVERTAKEN`
 */
export async function assertNotOvertaken(context: OperationContext): Promise<void> {
  const { plan } = context;
  const control = await targetLedger(context).readControl();
  const expected = context.passedPointOfNoReturn ? plan.epochAfter : plan.epochBefore;
  if (control?.epoch === expected && (expected === plan.epochBefore || control.activeRegion === plan.to)) return;
  const standing = control ? `${control.activeRegion} is active at epoch ${control.epoch}, by ${control.changedBy} at ${control.changedAt}` : 'the ledger names no active Region';
  throw refused('OVERTAKEN', `Operation ${context.operationId} cannot go on: since it stopped, the pipeline was moved (${standing}).`, ['See the present state: batchctl status']);
}
