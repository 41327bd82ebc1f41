import { beforeEach, describe, expect, it } from 'vitest';
import { createSsm } from '../../../../src/sandbox/services/ssm/service.js';
import { createSmallWorld, saved, type SmallWorld } from '../../small-world.js';

const east = 'us-east-1';
let world: SmallWorld;
type Call = <Output = Record<string, unknown>>(operation: string, input?: object) => Promise<Output>;
let ssm: Call;

beforeEach(() => {
  world = createSmallWorld();
  world.add(createSsm(world));
  const call = world.as(east);
  ssm = ((operation, input) => call('ssm', operation, input)) as Call;
});

describe('parameters', () => {
  it('keeps versions and reads them by number', async () => {
    await ssm('PutParameter', { Name: '/app/a', Type: 'String', Value: 'one' });
    expect(await ssm('PutParameter', { Name: '/app/a', Value: 'two', Overwrite: true })).toEqual({ Version: 2, Tier: 'Standard' });
    expect(await ssm('GetParameter', { Name: '/app/a' })).toMatchObject({ Parameter: { Value: 'two', Version: 2, Type: 'String', ARN: 'arn:aws:ssm:us-east-1:111122223333:parameter/app/a' } });
    expect(await ssm('GetParameter', { Name: '/app/a:1' })).toMatchObject({ Parameter: { Value: 'one' } });
    await expect(ssm('GetParameter', { Name: '/app/a:9' })).rejects.toMatchObject({ code: 'ParameterVersionNotFound' });
  });

  it('belongs to one Region', async () => {
    await ssm('PutParameter', { Name: '/app/a', Type: 'String', Value: 'east' });
    await expect(world.as('us-west-2')('ssm', 'GetParameter', { Name: '/app/a' })).rejects.toMatchObject({ code: 'ParameterNotFound' });
  });

  it.each([
    [{ Name: '/app/a', Type: 'String', Value: 'again' }, 'ParameterAlreadyExists'],
    [{ Name: '/app/b', Value: 'no type' }, 'ValidationException'],
    [{ Name: '/app/b', Type: 'String', Value: 'é'.repeat(2049) }, 'ValidationException'],
    [{ Name: '/app/b', Type: 'String', Value: '' }, 'ValidationException'],
    [{ Name: 'app/b', Type: 'String', Value: 'x' }, 'ValidationException'],
    [{ Name: '/aws/b', Type: 'String', Value: 'x' }, 'AccessDeniedException'],
    [{ Name: '/a'.repeat(16), Type: 'String', Value: 'x' }, 'HierarchyLevelLimitExceededException'],
  ])('refuses %j', async (input, code) => {
    await ssm('PutParameter', { Name: '/app/a', Type: 'String', Value: 'first' });
    await expect(ssm('PutParameter', input)).rejects.toMatchObject({ code });
  });

  it('takes a longer value only in the advanced tier, and by itself with intelligent tiering', async () => {
    const Value = 'x'.repeat(5000);
    await expect(ssm('PutParameter', { Name: '/a', Type: 'String', Value })).rejects.toMatchObject({ code: 'ValidationException' });
    expect(await ssm('PutParameter', { Name: '/a', Type: 'String', Value, Tier: 'Intelligent-Tiering' })).toMatchObject({ Tier: 'Advanced' });
  });

  it('lists a path level by level, in pages of ten', async () => {
    for (let index = 0; index < 12; index += 1) await ssm('PutParameter', { Name: `/app/p${String(index).padStart(2, '0')}`, Type: 'String', Value: 'x' });
    await ssm('PutParameter', { Name: '/app/deep/q', Type: 'String', Value: 'x' });
    await ssm('PutParameter', { Name: '/apple', Type: 'String', Value: 'x' });
    interface Page { Parameters: { Name: string }[]; NextToken?: string }
    const first = await ssm<Page>('GetParametersByPath', { Path: '/app' });
    const second = await ssm<Page>('GetParametersByPath', { Path: '/app/', NextToken: first.NextToken });
    expect([...first.Parameters, ...second.Parameters].map((parameter) => parameter.Name)).toEqual(Array.from({ length: 12 }, (_, index) => `/app/p${String(index).padStart(2, '0')}`));
    expect(second.NextToken).toBeUndefined();
    const all = await ssm<Page>('GetParametersByPath', { Path: '/app', Recursive: true, MaxResults: 50 });
    expect(all.Parameters).toHaveLength(13);
  });

  it('tells which names of several are unknown, and asks a permission for each', async () => {
    await ssm('PutParameter', { Name: '/app/a', Type: 'String', Value: 'x' });
    expect(await ssm('GetParameters', { Names: ['/app/a', '/app/none'] })).toMatchObject({ Parameters: [{ Name: '/app/a' }], InvalidParameters: ['/app/none'] });
    const permissions = world.service('ssm').permissions('GetParameters', { Names: ['/app/a:3', 'plain'] }, { region: east } as never);
    expect(permissions.map((permission) => permission.resource)).toEqual(['arn:aws:ssm:us-east-1:111122223333:parameter/app/a', 'arn:aws:ssm:us-east-1:111122223333:parameter/plain']);
  });

  it('survives a restart', async () => {
    await ssm('PutParameter', { Name: '/app/a', Type: 'SecureString', Value: 'kept' });
    const state = saved(world.service('ssm'));
    await ssm('DeleteParameter', { Name: '/app/a' });
    await expect(ssm('GetParameter', { Name: '/app/a' })).rejects.toMatchObject({ code: 'ParameterNotFound' });
    await world.service('ssm').restore?.(state);
    expect(await ssm('GetParameter', { Name: '/app/a' })).toMatchObject({ Parameter: { Value: 'kept', Type: 'SecureString' } });
  });
});
