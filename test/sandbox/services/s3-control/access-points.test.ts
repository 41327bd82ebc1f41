import { beforeEach, describe, expect, it } from 'vitest';
import { account, body, bucket, east, get, operator, put, refusal, resourceContext, storageWorld, text, twins, west } from '../s3/storage-world.js';
import type { StorageWorld } from '../s3/storage-world.js';

let world: StorageWorld;
let alias: string;
let arn: string;
beforeEach(async () => {
  world = await twins();
  const made = await world.control.resources!['AWS::S3::MultiRegionAccessPoint']!.create(resourceContext(west), {
    Name: 'app', Regions: [{ Bucket: 'data-east' }, { Bucket: 'data-west' }],
  } as never);
  alias = made.attributes.Alias as string;
  arn = `arn:aws:s3::${account}:accesspoint/${alias}`;
});

const routes = async (region = west): Promise<Record<string, number>> => {
  const { Routes } = await world.callControl<{ Routes: { Region: string; TrafficDialPercentage: number }[] }>('GetMultiRegionAccessPointRoutes', { AccountId: account, Mrap: arn }, region);
  return Object.fromEntries(Routes.map((route) => [route.Region, route.TrafficDialPercentage]));
};
const submit = (dials: Record<string, number>, region = west): Promise<unknown> => world.callControl('SubmitMultiRegionAccessPointRoutes', {
  AccountId: account, Mrap: arn, RouteUpdates: Object.entries(dials).map(([Region, TrafficDialPercentage]) => ({ Region, TrafficDialPercentage })),
}, region);
const send = <Output = Record<string, never>>(operation: string, input: object): Promise<Output> => world.call<Output>(operation, { Bucket: alias, ...input }, '*');
const holds = async (name: string, key: string, region: string): Promise<boolean> => await refusal(world.call('HeadObject', { Bucket: name, Key: key }, region)) === 'no error';

describe('routes', () => {
  it('start active everywhere and are told at five endpoints only', async () => {
    expect(alias).toMatch(/^[a-z][a-z0-9]{12}\.mrap$/);
    for (const region of ['us-east-1', 'us-west-2', 'ap-southeast-2', 'ap-northeast-1', 'eu-west-1']) expect(await routes(region)).toEqual({ [east]: 100, [west]: 100 });
    expect(await refusal(routes('eu-central-1'))).toBe('InvalidRequest 400');
  });

  it('are told as submitted at once, and followed later, within two minutes', async () => {
    await submit({ [east]: 0, [west]: 100 }, 'eu-west-1');
    expect(await routes()).toEqual({ [east]: 0, [west]: 100 });
    await put(world, alias, 'early', 'x', {}, '*');
    expect(await holds('data-east', 'early', east)).toBe(true);
    await world.clock.advance(120_000);
    await put(world, alias, 'late', 'x', {}, '*');
    expect([await holds('data-east', 'late', east), await holds('data-west', 'late', west)]).toEqual([false, true]);
  });

  it('leave Regions that are not named, and never none active', async () => {
    await submit({ [east]: 0 });
    expect(await routes()).toEqual({ [east]: 0, [west]: 100 });
    await world.clock.advance(120_000);
    expect(await refusal(submit({ [west]: 0 }))).toBe('InvalidRequest 400');
    expect(await refusal(submit({ [west]: 50 }))).toBe('InvalidRequest 400');
    expect(await refusal(submit({ 'eu-west-1': 100 }))).toBe('InvalidRequest 400');
    expect(await routes()).toEqual({ [east]: 0, [west]: 100 });
  });

  it('take one change at a time: the first wins', async () => {
    const results = await Promise.all([refusal(submit({ [east]: 0 }, east)), refusal(submit({ [west]: 0 }, west))]);
    expect(results).toEqual(['no error', 'OperationAborted 409']);
    expect(await routes()).toEqual({ [east]: 0, [west]: 100 });
    await world.clock.advance(120_000);
    expect(await refusal(submit({ [east]: 100 }))).toBe('no error');
  });

  it('survive a restart in the middle of a change', async () => {
    await submit({ [east]: 0 });
    const state = JSON.parse(JSON.stringify(world.control.snapshot())) as ReturnType<typeof world.control.snapshot>;
    const after = storageWorld({ clock: world.clock });
    after.control.restore(state);
    after.control.start();
    expect(after.control.route(alias, 'operator')?.region).toBe(east);
    await world.clock.advance(120_000);
    expect(after.control.route(alias, 'operator')?.region).toBe(west);
  });

  it('are refused for wrong ARNs, other accounts and unknown access points', async () => {
    const read = (Mrap: string): Promise<string> => refusal(world.callControl('GetMultiRegionAccessPointRoutes', { AccountId: account, Mrap }, west));
    expect(await read('app')).toBe('InvalidRequest 400');
    expect(await read(`arn:aws:s3::${account}:accesspoint/unknown.mrap`)).toBe('NoSuchMultiRegionAccessPoint 404');
    expect(await read(arn.replace(account, '999999999999'))).toBe('NoSuchMultiRegionAccessPoint 404');
  });

  it('need a second Region to be changed', async () => {
    await bucket(world, 'alone');
    const made = await world.control.resources!['AWS::S3::MultiRegionAccessPoint']!.create(resourceContext(west), { Name: 'single', Regions: [{ Bucket: 'alone' }] } as never);
    const change = world.callControl('SubmitMultiRegionAccessPointRoutes', { Mrap: `arn:aws:s3::${account}:accesspoint/${String(made.attributes.Alias)}`, RouteUpdates: [{ Region: east, TrafficDialPercentage: 0 }] }, west);
    expect(await refusal(change)).toBe('MethodNotAllowed 405');
  });

  it('are described in us-west-2', async () => {
    expect(await world.callControl('GetMultiRegionAccessPoint', { Name: 'app' }, west)).toMatchObject({ AccessPoint: { Alias: alias, Status: 'READY', Regions: [{ Bucket: 'data-east', Region: east }, { Bucket: 'data-west', Region: west }] } });
    expect(await refusal(world.callControl('GetMultiRegionAccessPoint', { Name: 'app' }, east))).toBe('InvalidRequest 400');
    expect(await world.callControl('ListRegionalBuckets', {}, east)).toMatchObject({ RegionalBucketList: [{ Bucket: 'data-east' }] });
  });
});

describe('requests through the access point', () => {
  it('find only what the routed bucket holds', async () => {
    world.world.faults.setReplication(east, west, { mode: 'paused' });
    await put(world, 'data-east', 'a', 'rows');
    const read = await send<{ Body: AsyncIterable<Uint8Array> }>('GetObject', { Key: 'a' });
    expect(await text(read.Body)).toBe('rows');
    await submit({ [east]: 0 });
    await world.clock.advance(120_000);
    expect(await refusal(send('GetObject', { Key: 'a' }))).toBe('NoSuchKey 404');
  });

  it('go to the caller\'s own Region when several are active', async () => {
    await world.world.call('s3', 'PutObject', { Bucket: alias, Key: 'near', Body: body('x') }, { region: '*', principal: { ...operator, origin: west } });
    expect([await holds('data-east', 'near', east), await holds('data-west', 'near', west)]).toEqual([false, true]);
  });

  it('finish where they began', async () => {
    let finish: () => void = () => undefined;
    const held = new Promise<void>((resolve) => { finish = resolve; });
    async function* slow(): AsyncGenerator<Uint8Array> { yield Buffer.from('a'); await held; yield Buffer.from('b'); }
    const upload = send('PutObject', { Key: 'slow', Body: slow() });
    await new Promise((resolve) => setImmediate(resolve));
    await submit({ [east]: 0 });
    await world.clock.advance(120_000);
    finish();
    await upload;
    expect(await get(world, 'data-east', 'slow')).toBe('ab');
  });

  it('do not find an upload that was begun in the other bucket', async () => {
    const { UploadId } = await send<{ UploadId: string }>('CreateMultipartUpload', { Key: 'big' });
    await send('UploadPart', { Key: 'big', UploadId, PartNumber: 1, Body: body('x') });
    await submit({ [east]: 0 });
    await world.clock.advance(120_000);
    expect(await refusal(send('UploadPart', { Key: 'big', UploadId, PartNumber: 2, Body: body('y') }))).toBe('NoSuchUpload 404');
  });

  it('get no answer from a Region that is away, and do not go round it', async () => {
    world.world.faults.setRegion(east, 'isolated');
    expect(await refusal(send('HeadObject', { Key: 'a' }))).toBe('no answer (blackhole)');
    world.world.faults.setRegion(east, 'down');
    expect(await refusal(send('HeadObject', { Key: 'a' }))).toBe('no answer (refused)');
    await submit({ [east]: 0 });
    await world.clock.advance(120_000);
    expect(await refusal(send('HeadObject', { Key: 'a' }))).toBe('NotFound 404');
  });

  it('end in the middle when the Region that serves them is lost', async () => {
    const UploadId = (await world.call<{ UploadId: string }>('CreateMultipartUpload', { Bucket: 'data-east', Key: 'big' })).UploadId;
    const Parts = [];
    for (const PartNumber of [1, 2]) {
      const { ETag } = await world.call<{ ETag: string }>('UploadPart', { Bucket: 'data-east', Key: 'big', UploadId, PartNumber, Body: body(Buffer.alloc(5 * 1024 ** 2)) });
      Parts.push({ PartNumber, ETag });
    }
    await world.call('CompleteMultipartUpload', { Bucket: 'data-east', Key: 'big', UploadId, MultipartUpload: { Parts } });
    const { Body: pieces } = await send<{ Body: AsyncGenerator<Uint8Array> }>('GetObject', { Key: 'big' });
    expect((await pieces.next()).done).toBe(false);
    world.world.faults.setRegion(east, 'isolated');
    expect(await refusal(pieces.next())).toBe('no answer (blackhole)');
  });

  it('may be a copy\'s destination, never its source, and support no batch deletes', async () => {
    await put(world, 'data-east', 'a', 'rows');
    await send('CopyObject', { Key: 'copy', CopySource: 'data-east/a' });
    expect(await get(world, 'data-east', 'copy')).toBe('rows');
    expect(await refusal(send('CopyObject', { Key: 'b', CopySource: `${alias}/a` }))).toBe('InvalidRequest 400');
    expect(await refusal(world.call('CopyObject', { Bucket: 'data-east', Key: 'b', CopySource: `${arn}/object/a` }))).toBe('InvalidRequest 400');
    expect(await refusal(send('DeleteObjects', { Delete: { Objects: [{ Key: 'a' }] } }))).toBe('MethodNotAllowed 405');
    expect(await refusal(world.call('HeadObject', { Bucket: 'unknown.mrap', Key: 'a' }, '*'))).toBe('NoSuchMultiRegionAccessPoint 404');
  });

  it('need permission on the access point and on the bucket behind it, each with its own policy', async () => {
    const policy = { Statement: [{ Effect: 'Allow' as const, Principal: '*' as const, Action: 's3:GetObject', Resource: `${arn}/object/*` }] };
    await world.control.resources!['AWS::S3::MultiRegionAccessPointPolicy']!.create(resourceContext(west), { MrapName: 'app', Policy: policy } as never);
    await put(world, 'data-east', 'a');
    world.asked.length = 0;
    await send('HeadObject', { Key: 'a' });
    expect(world.asked.map(({ permission }) => [permission.action, permission.resource])).toEqual([
      ['s3:GetObject', `${arn}/object/a`], ['s3:GetObject', 'arn:aws:s3:::data-east/a'],
    ]);
    expect(world.asked[0]!.permission.resourcePolicy).toEqual(policy);
    expect(world.asked[1]!.permission).toMatchObject({ context: { 's3:DataAccessPointArn': arn } });
    for (const resource of world.asked.map(({ permission }) => permission.resource)) {
      world.authorise.deny = (permission) => permission.resource === resource;
      expect(await refusal(send('HeadObject', { Key: 'a' }))).toBe('AccessDenied 403');
    }
  });
});
