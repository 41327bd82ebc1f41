import type { Deployment } from '../config/schema.js';
import type { Plan } from '../core/operation.js';
import { refused } from '../errors.js';

/**
 * A plan or a journal names what it was made for. One that was made for another deployment, or for one of the same name in
 * another account, must not move this one, whoever copied which file where.
 *
 * @throws OperatorError `OTHER_DEPLOYMENT`
 */
export function refuseForeign(plan: Pick<Plan, 'deployment' | 'account'>, deployment: Pick<Deployment, 'name' | 'account'>, what: string): void {
  if (plan.deployment === deployment.name && (plan.account ?? deployment.account) === deployment.account) return;
  const made = plan.account === undefined || plan.account === deployment.account ? plan.deployment : `${plan.deployment} in the account ${plan.account}`;
  throw refused('OTHER_DEPLOYMENT', `${capitalised(what)} was made for the deployment ${made}, and this is ${deployment.name} in the account ${deployment.account}. Nothing was touched.`, [`If you mean the other one: -d ${plan.deployment}`]);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
