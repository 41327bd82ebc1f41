import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Route53RecoveryClusterClient, ListRoutingControlsCommand } from '@aws-sdk/client-route53-recovery-cluster';
import { describe, expect, it } from 'vitest';
import type { RunningWorld, WorldOptions } from '../../../src/sandbox/assemble-world.js';
import { seededRandom } from '../../../src/sandbox/random.js';
import type { CallContext, Service } from '../../../src/sandbox/service.js';
import { createVirtualClock, type VirtualClock } from '../../../src/sandbox/virtual-clock.js';
import { NoAnswer, servicePrincipal } from '../../../src/sandbox/world.js';
import { clientOf, fakeService, testWorld } from './fixture.js';

function virtualWorld(services: Service[], options: Partial<WorldOptions> = {}): { world: RunningWorld; clock: VirtualClock } {
  const clock = createVirtualClock({ startAt: Date.UTC(2026, 10, 21) });
  return { clock, world: testWorld(services, { clock, ...options }) };
}

const tables = fakeService('dynamodb', { ListTables: async () => ({ TableNames: ['t'] }) });
const list = (world: RunningWorld, region = 'us-east-1', requestTimeoutMs?: number): Promise<unknown> => new DynamoDBClient(clientOf(world, { region }, { requestTimeoutMs })).send(new ListTablesCommand({}));

describe('Regions that cannot be reached', () => {
  it('refuses connections to a Region that is down, and not to the other', async () => {
    const { world } = virtualWorld([tables]);
    world.faults.setRegion('us-east-1', 'down');
    await expect(list(world)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await list(world, 'us-west-2')).toMatchObject({ TableNames: ['t'] });
  });

  it('never answers from an isolated Region, except to what runs inside', async () => {
    const { world, clock } = virtualWorld([tables]);
    world.faults.setRegion('us-east-1', 'isolated');
    const waiting = list(world, 'us-east-1', 3_000);
    const before = clock.now();
    await expect(clock.runUntil(waiting)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(clock.now() - before).toBe(3_000);
    const inside = { region: 'us-east-1', principal: servicePrincipal('lambda', 'us-east-1') };
    expect(await world.call('dynamodb', 'ListTables', {}, inside)).toEqual({ TableNames: ['t'] });
    await expect(world.call('dynamodb', 'ListTables', {}, { ...inside, region: 'us-west-2' })).rejects.toEqual(new NoAnswer('blackhole'));
  });

  it('cuts a call whose Region goes down in the middle, which the service may still finish', async () => {
    const finished: string[] = [];
    const { world, clock } = virtualWorld([fakeService('dynamodb', { ListTables: async (_input, call: CallContext) => {
      await world.clock.sleep(1_000);
      finished.push(call.signal.aborted ? 'without its client' : 'with its client');
      return {};
    } })]);
    const waiting = list(world);
    world.clock.after(500, () => world.faults.setRegion('us-east-1', 'down'));
    await expect(clock.runUntil(waiting)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await clock.advance(1_000);
    expect(finished).toEqual(['without its client']);
  });

  it('breaks off a body that is on its way', async () => {
    const { world } = virtualWorld([fakeService('s3', { GetObject: async () => ({ ContentLength: 10, Body: (async function* () {
      yield Buffer.from('12345');
      await new Promise(() => undefined);
    })() }) })]);
    const answer = await new S3Client(clientOf(world)).send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }));
    const reading = answer.Body?.transformToString();
    world.faults.setRegion('us-east-1', 'down');
    await expect(reading).rejects.toThrow();
  });

  it('tells the service when the client hangs up', async () => {
    const seen: AbortSignal[] = [];
    const { world, clock } = virtualWorld([fakeService('dynamodb', { ListTables: async (_input, call: CallContext) => {
      seen.push(call.signal);
      await world.clock.sleep(60_000);
      return {};
    } })]);
    await expect(clock.runUntil(list(world, 'us-east-1', 5_000))).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(seen[0]?.aborted).toBe(true);
  });
});

describe('ARC endpoints', () => {
  const cluster = fakeService('route53-recovery-cluster', { ListRoutingControls: async () => ({ RoutingControls: [] }) });
  const ask = (world: RunningWorld, region: string): Promise<unknown> => {
    const client = new Route53RecoveryClusterClient({ ...clientOf(world, { region }), endpoint: `https://0a1b2c3d.route53-recovery-cluster.${region}.amazonaws.com/v1` });
    return client.send(new ListRoutingControlsCommand({}));
  };

  it('fail one by one, and with their Region', async () => {
    const { world, clock } = virtualWorld([cluster]);
    world.faults.setArcEndpoint('eu-west-1', 'down');
    world.faults.setRegion('us-west-2', 'down');
    world.faults.setArcEndpoint('ap-northeast-1', 'slow');
    await expect(ask(world, 'eu-west-1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(ask(world, 'us-west-2')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await ask(world, 'us-east-1')).toMatchObject({ RoutingControls: [] });
    const before = clock.now();
    await clock.runUntil(ask(world, 'ap-northeast-1'));
    expect(clock.now() - before).toBeGreaterThanOrEqual(4_000);
  });
});

describe('half-broken', () => {
  it('a gray Region is late mostly and loses about three calls in ten', async () => {
    const { world, clock } = virtualWorld([tables], { random: seededRandom(11) });
    world.faults.setRegion('us-east-1', 'gray');
    const tally = { answered: 0, failed: 0, silent: 0, late: 0 };
    const attempts = 300;
    const inside = { region: 'us-east-1', principal: servicePrincipal('lambda', 'us-east-1') };
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const before = clock.now();
      await clock.runUntil(world.call('dynamodb', 'ListTables', {}, inside)).then(
        () => { tally.answered += 1; },
        (error: unknown) => { tally[error instanceof NoAnswer ? 'silent' : 'failed'] += 1; },
      );
      if (clock.now() - before >= 1_000) tally.late += 1;
    }
    expect(tally.failed + tally.silent).toBeGreaterThan(attempts * 0.2);
    expect(tally.failed + tally.silent).toBeLessThan(attempts * 0.4);
    expect(Math.min(tally.failed, tally.silent)).toBeGreaterThan(attempts * 0.08);
    expect(tally.late).toBeGreaterThan(attempts * 0.7);
  });

  it('a service that throttles, fails or is slow does so in its own words, in one Region', async () => {
    const objects = fakeService('s3', { GetObject: async () => ({ Body: Buffer.from('x'), ContentLength: 1 }) });
    const { world, clock } = virtualWorld([tables, objects]);
    const get = (): Promise<unknown> => new S3Client(clientOf(world)).send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }));
    world.faults.setService('dynamodb', 'us-east-1', 'throttle');
    world.faults.setService('s3', 'us-east-1', 'throttle');
    await expect(list(world)).rejects.toMatchObject({ name: 'ThrottlingException' });
    await expect(get()).rejects.toMatchObject({ name: 'SlowDown', $metadata: { httpStatusCode: 503 } });
    expect(await list(world, 'us-west-2')).toMatchObject({ TableNames: ['t'] });
    world.faults.setService('s3', 'us-east-1', 'error');
    await expect(get()).rejects.toMatchObject({ name: 'InternalError', $fault: 'server' });
    world.faults.setService('dynamodb', 'us-east-1', 'slow');
    const before = clock.now();
    await clock.runUntil(list(world));
    expect(clock.now() - before).toBeGreaterThanOrEqual(3_000);
  });

  it('realistic latency is more from outside and from another Region than from inside', async () => {
    const { world, clock } = virtualWorld([tables], { latency: 'realistic' });
    const typical = async (origin: string): Promise<number> => {
      const before = clock.now();
      for (let call = 0; call < 20; call += 1) await clock.runUntil(world.call('dynamodb', 'ListTables', {}, { region: 'us-east-1', principal: servicePrincipal('lambda', origin) }));
      return (clock.now() - before) / 20;
    };
    const [inside, across, operator] = [await typical('us-east-1'), await typical('us-west-2'), await typical('operator')];
    expect(inside).toBeGreaterThan(1);
    expect(inside).toBeLessThan(20);
    expect(across).toBeGreaterThan(operator);
    expect(operator).toBeGreaterThan(inside * 2);
  });
});

describe('a fault of the sandbox itself', () => {
  it('is an internal error to the client and a line in the log', async () => {
    const lines: string[] = [];
    const { world } = virtualWorld([fakeService('dynamodb', { ListTables: async () => { throw new TypeError('boom'); } })], { onLog: (_region, _source, line) => lines.push(line) });
    await expect(list(world)).rejects.toMatchObject({ name: 'InternalFailure', $metadata: { httpStatusCode: 500 } });
    expect(lines.join()).toContain('boom');
  });
});
