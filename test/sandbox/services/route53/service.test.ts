import { beforeEach, describe, expect, it } from 'vitest';
import { createRoute53, type Route53Service } from '../../../../src/sandbox/services/route53/service.js';
import type { ResourceContext } from '../../../../src/sandbox/service.js';
import { createSmallWorld, saved, type SmallWorld } from '../../small-world.js';

let world: SmallWorld;
let route53: Route53Service;
let states: Record<string, 'On' | 'Off'>;
let zoneId: string;
const context = { region: 'us-west-2', stackName: 'app', logicalId: 'X', unmodelled: () => undefined } as unknown as ResourceContext;

async function make(type: string, properties: object): Promise<string> {
  const handler = route53.resources?.[type];
  if (!handler) throw new Error(`no handler for ${type}`);
  return (await handler.create(context, properties as never)).ref;
}

beforeEach(async () => {
  world = createSmallWorld();
  states = { east: 'On', west: 'Off' };
  world.add({ name: 'route53-recovery-cluster', operations: {}, permissions: () => [], ...{ routingControlState: (arn: string) => states[arn] } });
  route53 = world.add(createRoute53(world));
  zoneId = await make('AWS::Route53::HostedZone', { Name: 'batch.example' });
  for (const [region, Failover] of [['east', 'PRIMARY'], ['west', 'SECONDARY']] as const) {
    const HealthCheckId = await make('AWS::Route53::HealthCheck', { HealthCheckConfig: { Type: 'RECOVERY_CONTROL', RoutingControlArn: region } });
    await make('AWS::Route53::RecordSet', { HostedZoneId: zoneId, Name: 'active.batch.example.', Type: 'TXT', TTL: '60', ResourceRecords: [`"${region}"`], SetIdentifier: region, Failover, HealthCheckId });
  }
});

describe('failover records', () => {
  it.each([
    ['On', 'Off', 'east'],
    ['On', 'On', 'east'],
    ['Off', 'On', 'west'],
    ['Off', 'Off', 'east'],
  ] as const)('with controls %s and %s, answer %s', (east, west, expected) => {
    states = { east, west };
    expect(route53.resolve('Active.Batch.Example')).toEqual({ setIdentifier: expected, values: [`"${expected}"`] });
  });

  it('follow the routing control in health check status too', async () => {
    const { HealthChecks } = await world.as<{ HealthChecks: { Id: string }[] }>('us-east-1')('route53', 'ListHealthChecks');
    const status = async (index: number): Promise<string> => JSON.stringify(await world.as('us-east-1')('route53', 'GetHealthCheckStatus', { HealthCheckId: HealthChecks[index]?.Id }));
    expect(await status(0)).toContain('Success');
    expect(await status(1)).toContain('Failure');
  });

  it('know nothing of other names', () => {
    expect(route53.resolve('other.batch.example')).toBeUndefined();
  });

  it('follow alarms too: a check is healthy while its alarm is OK', async () => {
    const alarms: Record<string, string> = { 'us-east-1/inactive': 'OK', 'us-west-2/inactive': 'ALARM' };
    world.add({ name: 'monitoring', operations: {}, permissions: () => [], ...{ alarmState: (region: string, name: string) => alarms[`${region}/${name}`] } });
    for (const [Region, Failover] of [['us-east-1', 'PRIMARY'], ['us-west-2', 'SECONDARY']] as const) {
      const HealthCheckId = await make('AWS::Route53::HealthCheck', { HealthCheckConfig: { Type: 'CLOUDWATCH_METRIC', AlarmIdentifier: { Region, Name: 'inactive' } } });
      await make('AWS::Route53::RecordSet', { HostedZoneId: zoneId, Name: 'by-alarm.batch.example', Type: 'TXT', TTL: '60', ResourceRecords: [`"${Region}"`], SetIdentifier: Region, Failover, HealthCheckId });
    }
    expect(route53.resolve('by-alarm.batch.example')?.values).toEqual(['"us-east-1"']);
    Object.assign(alarms, { 'us-east-1/inactive': 'INSUFFICIENT_DATA', 'us-west-2/inactive': 'OK' });
    expect(route53.resolve('by-alarm.batch.example')?.values).toEqual(['"us-west-2"']);
  });

  it('survive a restart', async () => {
    const state = saved(route53);
    const restarted = createRoute53(world);
    await restarted.restore?.(state);
    expect(restarted.resolve('active.batch.example', 'TXT')?.values).toEqual(['"east"']);
  });
});

describe('record sets', () => {
  const change = (Action: string, record: object): Promise<unknown> => world.as('us-east-1')('route53', 'ChangeResourceRecordSets', { HostedZoneId: zoneId, ChangeBatch: { Changes: [
    { Action: 'UPSERT', ResourceRecordSet: { Name: 'first.batch.example', Type: 'A', TTL: 60, ResourceRecords: [{ Value: '192.0.2.1' }] } },
    { Action, ResourceRecordSet: record },
  ] } });

  it.each([
    ['outside the zone', 'CREATE', { Name: 'x.other.example', Type: 'A' }],
    ['a second time', 'CREATE', { Name: 'active.batch.example', Type: 'TXT', SetIdentifier: 'east', Failover: 'SECONDARY' }],
    ['a failover record without a SetIdentifier', 'UPSERT', { Name: 'y.batch.example', Type: 'A', Failover: 'SECONDARY' }],
    ['a primary without a health check', 'UPSERT', { Name: 'y.batch.example', Type: 'A', Failover: 'PRIMARY', SetIdentifier: 'p' }],
    ['a record to delete that is not there', 'DELETE', { Name: 'y.batch.example', Type: 'A' }],
  ])('refuse %s, and then apply nothing of the batch', async (_name, action, record) => {
    await expect(change(action, record)).rejects.toMatchObject({ code: 'InvalidChangeBatch' });
    expect(route53.resolve('first.batch.example')).toBeUndefined();
  });
});
