import { describe, expect, it } from 'vitest';
import { callerProblem } from '../../src/core/caller.js';

const deployment = { account: '111122223333', partition: 'aws', roles: { operator: 'arn:aws:iam::111122223333:role/people/batchctl-operator', observer: 'arn:aws:iam::111122223333:role/people/batchctl-observer' } };
const session = (role: string, account = '111122223333', partition = 'aws') => ({ account, arn: `arn:${partition}:sts::${account}:assumed-role/${role}/me` });

describe('who may change a deployment', () => {
  it.each([
    ['the operator role', session('batchctl-operator')],
    ['another role of the account', session('administrator')],
    ['a user of the account', { account: '111122223333', arn: 'arn:aws:iam::111122223333:user/batchctl-observer' }],
    ['a role whose name only begins like the observer\'s', session('batchctl-observer-of-old')],
  ])('%s, as far as its name tells', (_, caller) => expect(callerProblem(caller, deployment)).toBeUndefined());

  it.each([
    ['credentials of another account', session('batchctl-operator', '999999999999'), 'WRONG_ACCOUNT', 'account 999999999999'],
    ['credentials of another partition', session('batchctl-operator', '111122223333', 'aws-us-gov'), 'WRONG_PARTITION', 'aws-us-gov'],
    ['the observer role', session('batchctl-observer'), 'OBSERVER_ROLE', 'only look'],
  ])('not %s', (_, caller, code, says) => {
    expect(callerProblem(caller, deployment)).toMatchObject({ code, message: expect.stringContaining(says) as string });
  });
});
