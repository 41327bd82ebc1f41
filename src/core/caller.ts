/** Who signs the calls, as STS tells. */
export interface CallerIdentity {
  account: string;
  arn: string;
}

export interface CallerExpectation {
  account: string;
  partition: string;
  roles?: { operator: string; observer: string } | undefined;
}

export interface CallerProblem {
  code: 'WRONG_ACCOUNT' | 'WRONG_PARTITION' | 'OBSERVER_ROLE';
  message: string;
  nextStep: string;
}

/** Why these credentials must not change the deployment; undefined when nothing speaks against them. */
export function callerProblem(caller: CallerIdentity, { account, partition, roles }: CallerExpectation): CallerProblem | undefined {
  const theirs = caller.arn.split(':')[1] ?? '';
  if (theirs !== partition) return { code: 'WRONG_PARTITION', message: `These are credentials of the partition ${theirs}, and the deployment lives in ${partition}`, nextStep: 'Use credentials of the deployment\'s own partition; each has accounts and keys of its own.' };
  if (caller.account !== account) return { code: 'WRONG_ACCOUNT', message: `These are credentials of the account ${caller.account}, and the deployment lives in ${account}`, nextStep: 'Sign in to the deployment\'s account, or name the deployment that you mean with -d.' };
  if (roles && roles.observer !== roles.operator && isSessionOf(caller.arn, roles.observer)) return { code: 'OBSERVER_ROLE', message: `${caller.arn} is the observer role, which may only look`, nextStep: `Take the operator role: ${roles.operator}` };
  return undefined;
}

/** A session names its role without the role's path: `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`. */
function isSessionOf(callerArn: string, roleArn: string): boolean {
  const session = /^arn:[^:]+:sts::(\d+):assumed-role\/([^/]+)\//.exec(callerArn);
  const role = /^arn:[^:]+:iam::(\d+):role\/(?:.*\/)?([^/]+)$/.exec(roleArn);
  return session !== null && role !== null && session[1] === role[1] && session[2] === role[2];
}
