import { describe, expect, it } from 'vitest';
import { refuseForeign } from '../../src/cli/foreign.js';

const here = { name: 'prod', account: '111122223333' };

describe('a plan or journal of another deployment', () => {
  it.each([
    [{ deployment: 'prod', account: '111122223333' }],
    [{ deployment: 'prod' }],
  ])('is not %j', (plan) => expect(() => refuseForeign(plan, here, 'operation x')).not.toThrow());

  it.each([
    [{ deployment: 'test', account: '111122223333' }, 'made for the deployment test, and'],
    [{ deployment: 'prod', account: '999999999999' }, 'made for the deployment prod in the account 999999999999'],
    [{ deployment: 'test' }, 'made for the deployment test'],
  ])('%j is refused, and nothing was touched', (plan, says) => {
    expect(() => refuseForeign(plan, here, 'operation x')).toThrow(expect.objectContaining({ code: 'OTHER_DEPLOYMENT', exitCode: 3, message: expect.stringContaining(says) as string }));
  });
});
