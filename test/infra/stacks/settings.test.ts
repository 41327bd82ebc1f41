import { describe, expect, it, vi } from 'vitest';
import { SettingsRefused, readSettings } from '../../../infra/constructs/settings.js';
import { strongConsistencyRegionSets } from '../../../src/config/schema.js';
import { synthesise } from './synthesised.js';

/** Some synthesise the whole deployment again. */
vi.setConfig({ testTimeout: 120_000 });

const read = (context: Record<string, unknown>, environment: Record<string, string> = {}) => readSettings((name) => context[name], environment);

describe('settings', () => {
  it('need no context at all', () => {
    expect(read({})).toMatchObject({ app: 'batchctl', account: '111122223333', home: 'us-east-1', other: 'us-west-2', witness: 'us-east-2', inlineParts: 40 });
  });

  it('take the account of the credentials, unless one is named', () => {
    expect(read({}, { CDK_DEFAULT_ACCOUNT: '222233334444' }).account).toBe('222233334444');
    expect(read({ account: '333344445555' }, { CDK_DEFAULT_ACCOUNT: '222233334444' }).account).toBe('333344445555');
  });

  it('take the ARNs that steps of the user\'s own may call one by one, and no wildcard', () => {
    const extensionArns = ['arn:aws:lambda:us-west-2:111122223333:function:tell', 'arn:aws:ssm:us-west-2:111122223333:automation-definition/switch-aurora:$DEFAULT', 'arn:aws:iam::111122223333:role/aurora'];
    expect(read({ extensionArns: extensionArns.join(', ') }).extensionArns).toEqual(extensionArns);
    for (const wildcard of ['arn:aws:lambda:us-west-2:111122223333:function:*', 'arn:aws:iam::111122223333:role/*', '*']) expect(() => read({ extensionArns: wildcard })).toThrow(SettingsRefused);
    const { templates } = synthesise({ extensionArns: extensionArns.join(',') });
    for (const name of ['batchctl-control', 'batchctl-regional-us-west-2']) for (const arn of extensionArns) expect(JSON.stringify(templates[name]!.toJSON())).toContain(arn);
    expect(JSON.stringify(synthesise().templates['batchctl-control']!.toJSON())).not.toContain('role/aurora');
  });

  it.each([
    ['eu-west-1', 'eu-central-1', 'eu-west-2'],
    ['ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3'],
    ['us-west-2', 'us-east-2', 'us-east-1'],
  ])('choose a witness for %s and %s from their set: %s', (primary, standby, witness) => {
    expect(read({ primary, standby })).toMatchObject({ home: primary, other: standby, witness });
  });

  it('take a named witness of the set', () => {
    expect(read({ primary: 'eu-west-1', standby: 'eu-central-1', witness: 'eu-west-3' }).witness).toBe('eu-west-3');
  });

  it.each([
    ['us-east-1', 'eu-west-1'],
    ['us-east-1', 'us-west-1'],
    ['sa-east-1', 'us-east-1'],
    ['us-east-1', 'us-east-1'],
  ])('refuse %s with %s and list every set', (primary, standby) => {
    const refusal = (): unknown => read({ primary, standby });
    expect(refusal).toThrow(SettingsRefused);
    for (const regions of strongConsistencyRegionSets) expect(refusal).toThrow(regions.join(', '));
  });

  it.each(['eu-west-1', 'us-east-1', 'us-west-2'])('refuse %s as the witness of the US pair, and name the one that would do', (witness) => {
    expect(() => read({ witness })).toThrow(/us-east-2/);
  });

  it.each([
    [{ app: 'Has Spaces' }, 'app'],
    [{ account: '12' }, 'account'],
    [{ notifyFrom: 'nobody' }, 'notifyFrom'],
    [{ alertsTo: 'nobody' }, 'alertsTo'],
    [{ partMinBytes: '0' }, 'partMinBytes'],
    [{ inlineParts: 'many' }, 'inlineParts'],
    [{ canaryMinutes: '5' }, 'canaryMinutes'],
    [{ partMinBytes: '2000', partMaxBytes: '1000' }, 'partMaxBytes'],
  ])('refuse %o', (context, named) => {
    expect(() => read(context)).toThrow(new RegExp(named));
  });
});

describe('another pair of Regions', () => {
  const europe = synthesise({ primary: 'eu-west-1', standby: 'eu-central-1', app: 'nightly', alertsTo: 'team@example.com' });

  it('has its tables in its own Regions, and ARC where ARC lives', () => {
    expect(europe.stacks.ledger.region).toBe('eu-central-1');
    expect(europe.stacks.control.region).toBe('us-west-2');
    europe.templates['nightly-ledger']!.hasResourceProperties('AWS::DynamoDB::GlobalTable', { TableName: 'nightly-ledger', GlobalTableWitnesses: [{ Region: 'eu-west-2' }] });
  });

  it('mentions no Region or name of the default deployment', () => {
    for (const name of ['nightly-regional-eu-west-1', 'nightly-regional-eu-central-1', 'nightly-storage-eu-west-1']) {
      const text = JSON.stringify(europe.templates[name]!.toJSON()).replaceAll('batchctl: ', '').replaceAll('What batchctl needs', '');
      expect(text).not.toMatch(/us-east-2|batchctl/);
    }
  });

  it('subscribes whoever is to be alerted', () => {
    europe.templates['nightly-regional-eu-west-1']!.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'team@example.com' });
  });
});
