import { AwsError, type CreatedResource, type ResourceHandler, type Service } from '../../service.js';
import type { World } from '../../world.js';
import { answer, type DnsRecord, type HealthCheck, type HostedZone } from './resolution.js';

/**
 * Route 53, which is global: hosted zones, record sets with failover and weights, and health checks of type
 * RECOVERY_CONTROL, which are healthy exactly while their ARC routing control is On, and CLOUDWATCH_METRIC, which are
 * healthy while their alarm is OK (Route 53 looks at its metric, some seconds ahead of the alarm). `resolve` says what a resolver
 * with an empty cache would be told now; TTLs of resolvers are the client's. Health checks of other types are listed
 * as unmodelled and count as healthy. Changes are INSYNC at once.
 * Source: the Route 53 API reference (Failover of ResourceRecordSet, RoutingControlArn of HealthCheckConfig).
 */
export interface Route53Service extends Service {
  /** The records' values that DNS answers for a name, or undefined when no zone has it. */
  resolve(name: string, type?: string): { setIdentifier?: string; values: string[] } | undefined;
}

/** What this service asks of ARC's data plane. */
interface RoutingControls {
  routingControlState(arn: string): 'On' | 'Off' | undefined;
}

interface AlarmStates {
  alarmState(region: string, name: string): string | undefined;
}

interface State {
  zones: HostedZone[];
  healthChecks: HealthCheck[];
}

export function createRoute53(world: World): Route53Service {
  let zones = new Map<string, HostedZone>();
  let healthChecks = new Map<string, HealthCheck>();

  const zone = (idOrPath: string): HostedZone => {
    const found = zones.get(idOrPath.replace(/^\/hostedzone\//, ''));
    if (!found) throw new AwsError('NoSuchHostedZone', `No hosted zone found with ID: ${idOrPath}`, { status: 404 });
    return found;
  };
  const healthCheck = (id: string): HealthCheck => {
    const found = healthChecks.get(id);
    if (!found) throw new AwsError('NoSuchHealthCheck', `A health check with id ${id} does not exist.`, { status: 404 });
    return found;
  };
  const healthy = (id: string | undefined): boolean => {
    const check = id === undefined ? undefined : healthChecks.get(id);
    if (check?.alarm) return (world.service('monitoring') as unknown as AlarmStates).alarmState(check.alarm.region, check.alarm.name) === 'OK';
    if (!check?.routingControlArn) return true;
    const controls = world.service('route53-recovery-cluster') as unknown as RoutingControls;
    return controls.routingControlState(check.routingControlArn) === 'On';
  };
  const addZone = (name: string, comment: string | undefined): HostedZone => {
    const id = `Z${world.random.hex(20).toUpperCase()}`;
    const nameServers = ['com', 'net', 'org', 'co.uk'].map((suffix) => `ns-${world.random.below(2048)}.awsdns-${String(world.random.below(64)).padStart(2, '0')}.${suffix}`);
    const added: HostedZone = { id, name: withDot(name), nameServers, records: [], ...(comment ? { comment } : {}) };
    zones.set(id, added);
    world.changed();
    return added;
  };
  const addHealthCheck = (config: HealthCheckConfig): HealthCheck => {
    if (config.Type === 'RECOVERY_CONTROL' && !config.RoutingControlArn) throw new AwsError('InvalidInput', 'RoutingControlArn is required for health checks of type RECOVERY_CONTROL.');
    const check: HealthCheck = { id: world.random.uuid(), type: config.Type, ...(config.RoutingControlArn ? { routingControlArn: config.RoutingControlArn } : {}), ...alarmOf(config) };
    healthChecks.set(check.id, check);
    world.changed();
    return check;
  };
  const change = (target: HostedZone, action: string, record: DnsRecord): void => {
    const index = target.records.findIndex((candidate) => sameRecord(candidate, record));
    if (action === 'CREATE' && index >= 0) throw invalidBatch(`it already exists: ${record.name} ${record.type}`);
    if (action === 'DELETE' && index < 0) throw invalidBatch(`it was not found: ${record.name} ${record.type}`);
    if (record.name !== target.name && !record.name.endsWith(`.${target.name}`)) throw invalidBatch(`RRSet with DNS name ${record.name} is not permitted in zone ${target.name}`);
    if (record.failover && record.setIdentifier === undefined) throw invalidBatch(`a failover record needs a SetIdentifier: ${record.name}`);
    if (record.failover === 'PRIMARY' && record.healthCheckId === undefined && !record.alias) throw invalidBatch(`a primary failover record needs a health check: ${record.name}`);
    if (record.healthCheckId !== undefined) healthCheck(record.healthCheckId);
    if (index >= 0) target.records.splice(index, 1);
    if (action !== 'DELETE') target.records.push(record);
    world.changed();
  };
  const resolve: Route53Service['resolve'] = (name, type) => {
    const wanted = withDot(name);
    for (const candidate of zones.values()) {
      const records = candidate.records.filter((record) => record.name === wanted && (type === undefined || record.type === type));
      const chosen = answer(records, healthy, (bound) => world.random.below(bound));
      if (chosen) return { values: chosen.values, ...(chosen.setIdentifier === undefined ? {} : { setIdentifier: chosen.setIdentifier }) };
    }
    return undefined;
  };

  const changeInfo = (): object => ({ Id: `/change/C${world.random.hex(13).toUpperCase()}`, Status: 'INSYNC', SubmittedAt: new Date(world.clock.now()) });
  return {
    name: 'route53',
    resolve,
    operations: {
      CreateHostedZone: async (input: { Name: string; HostedZoneConfig?: { Comment?: string } }) => {
        const added = addZone(input.Name, input.HostedZoneConfig?.Comment);
        return { HostedZone: zoneView(added), ChangeInfo: changeInfo(), DelegationSet: { NameServers: added.nameServers }, Location: `https://route53.amazonaws.com/2013-04-01/hostedzone/${added.id}` };
      },
      GetHostedZone: async (input: { Id: string }) => ({ HostedZone: zoneView(zone(input.Id)), DelegationSet: { NameServers: zone(input.Id).nameServers } }),
      ListHostedZones: async () => ({ HostedZones: [...zones.values()].map(zoneView), IsTruncated: false, MaxItems: 100 }),
      ListResourceRecordSets: async (input: { HostedZoneId: string }) => ({ ResourceRecordSets: zone(input.HostedZoneId).records.map(recordView), IsTruncated: false, MaxItems: 300 }),
      ChangeResourceRecordSets: async (input: { HostedZoneId: string; ChangeBatch: { Changes: { Action: string; ResourceRecordSet: RecordSetInput }[] } }) => {
        const target = zone(input.HostedZoneId);
        const before = [...target.records];
        try {
          for (const { Action, ResourceRecordSet } of input.ChangeBatch.Changes) change(target, Action, recordFrom(ResourceRecordSet));
        } catch (error) {
          // A batch is applied whole or not at all.
          target.records = before;
          throw error;
        }
        return { ChangeInfo: changeInfo() };
      },
      TestDNSAnswer: async (input: { HostedZoneId: string; RecordName: string; RecordType: string }) => {
        const answered = resolve(input.RecordName, input.RecordType);
        return { Nameserver: zone(input.HostedZoneId).nameServers[0], RecordName: input.RecordName, RecordType: input.RecordType, RecordData: answered?.values ?? [], ResponseCode: answered ? 'NOERROR' : 'NXDOMAIN', Protocol: 'UDP' };
      },
      CreateHealthCheck: async (input: { CallerReference: string; HealthCheckConfig: HealthCheckConfig }) => {
        const check = addHealthCheck(input.HealthCheckConfig);
        return { HealthCheck: healthCheckView(check), Location: `https://route53.amazonaws.com/2013-04-01/healthcheck/${check.id}` };
      },
      GetHealthCheck: async (input: { HealthCheckId: string }) => ({ HealthCheck: healthCheckView(healthCheck(input.HealthCheckId)) }),
      ListHealthChecks: async () => ({ HealthChecks: [...healthChecks.values()].map(healthCheckView), IsTruncated: false, MaxItems: 100 }),
      GetHealthCheckStatus: async (input: { HealthCheckId: string }) => {
        const up = healthy(healthCheck(input.HealthCheckId).id);
        return { HealthCheckObservations: [{ Region: 'us-east-1', StatusReport: { Status: up ? 'Success: the routing control is On' : 'Failure: the routing control is Off', CheckedTime: new Date(world.clock.now()) } }] };
      },
    },
    permissions: (operation, input) => {
      const request = input as { Id?: string; HostedZoneId?: string; HealthCheckId?: string };
      const zoneId = (request.HostedZoneId ?? request.Id)?.replace(/^\/hostedzone\//, '');
      const resource = zoneId ? `arn:${world.partition}:route53:::hostedzone/${zoneId}` : request.HealthCheckId ? `arn:${world.partition}:route53:::healthcheck/${request.HealthCheckId}` : '*';
      return [{ action: `route53:${operation}`, resource }];
    },
    resources: {
      'AWS::Route53::HostedZone': zoneHandler(addZone, (id) => { zones.delete(id); world.changed(); }),
      'AWS::Route53::HealthCheck': healthCheckHandler(addHealthCheck, (id) => { healthChecks.delete(id); world.changed(); }),
      'AWS::Route53::RecordSet': recordHandler(() => [...zones.values()], zone, change),
    },
    snapshot: (): State => ({ zones: [...zones.values()], healthChecks: [...healthChecks.values()] }),
    restore: (state: never) => {
      const saved = state as State;
      zones = new Map(saved.zones.map((entry) => [entry.id, entry]));
      healthChecks = new Map(saved.healthChecks.map((entry) => [entry.id, entry]));
    },
    inspect: () => ({
      records: [...zones.values()].flatMap((entry) => [...new Set(entry.records.map((record) => `${record.name} ${record.type}`))].map((pair) => {
        const [name = '', type = ''] = pair.split(' ');
        return { name, type, answers: resolve(name, type) };
      })),
      healthChecks: [...healthChecks.values()].map((check) => ({ id: check.id, routingControlArn: check.routingControlArn, healthy: healthy(check.id) })),
    }),
  };
}

interface HealthCheckConfig {
  Type: string;
  AlarmIdentifier?: { Name: string; Region: string };
  RoutingControlArn?: string;
}

function alarmOf({ Type, AlarmIdentifier: alarm }: HealthCheckConfig): Pick<HealthCheck, 'alarm'> {
  if (Type !== 'CLOUDWATCH_METRIC') return {};
  if (!alarm) throw new AwsError('InvalidInput', 'AlarmIdentifier is required for health checks of type CLOUDWATCH_METRIC.');
  return { alarm: { region: alarm.Region, name: alarm.Name } };
}

interface RecordSetInput {
  Name: string;
  Type: string;
  TTL?: number | string;
  /** Objects in the API, plain texts in templates. */
  ResourceRecords?: ({ Value: string } | string)[];
  SetIdentifier?: string;
  Failover?: 'PRIMARY' | 'SECONDARY';
  Weight?: number;
  HealthCheckId?: string;
  AliasTarget?: { DNSName: string };
}

const withDot = (name: string): string => (name.endsWith('.') ? name : `${name}.`).toLowerCase();
const sameRecord = (left: DnsRecord, right: DnsRecord): boolean => left.name === right.name && left.type === right.type && left.setIdentifier === right.setIdentifier;

function invalidBatch(why: string): AwsError {
  return new AwsError('InvalidChangeBatch', `[Tried to change a resource record set, but ${why}]`);
}

function recordFrom(input: RecordSetInput): DnsRecord {
  return {
    name: withDot(input.Name),
    type: input.Type,
    ttlSeconds: Number(input.TTL ?? 300),
    values: input.AliasTarget ? [input.AliasTarget.DNSName] : (input.ResourceRecords ?? []).map((record) => (typeof record === 'string' ? record : record.Value)),
    ...(input.AliasTarget ? { alias: true } : {}),
    ...(input.SetIdentifier === undefined ? {} : { setIdentifier: input.SetIdentifier }),
    ...(input.Failover === undefined ? {} : { failover: input.Failover }),
    ...(input.Weight === undefined ? {} : { weight: Number(input.Weight) }),
    ...(input.HealthCheckId === undefined ? {} : { healthCheckId: input.HealthCheckId }),
  };
}

function recordView(record: DnsRecord): object {
  return {
    Name: record.name, Type: record.type, SetIdentifier: record.setIdentifier, Failover: record.failover, Weight: record.weight, HealthCheckId: record.healthCheckId,
    ...(record.alias ? { AliasTarget: { DNSName: record.values[0], EvaluateTargetHealth: true } } : { TTL: record.ttlSeconds, ResourceRecords: record.values.map((Value) => ({ Value })) }),
  };
}

function zoneView(zone: HostedZone): object {
  return { Id: `/hostedzone/${zone.id}`, Name: zone.name, CallerReference: zone.id, Config: { Comment: zone.comment, PrivateZone: false }, ResourceRecordSetCount: zone.records.length };
}

function healthCheckView(check: HealthCheck): object {
  return { Id: check.id, CallerReference: check.id, HealthCheckVersion: 1, HealthCheckConfig: { Type: check.type, RoutingControlArn: check.routingControlArn } };
}

function zoneHandler(add: (name: string, comment: string | undefined) => HostedZone, remove: (id: string) => void): ResourceHandler {
  return {
    properties: ['Name', 'HostedZoneConfig', 'HostedZoneTags'],
    create: async (_context, given) => {
      const { Name, HostedZoneConfig } = given as { Name: string; HostedZoneConfig?: { Comment?: string } };
      const added = add(Name, HostedZoneConfig?.Comment);
      return { ref: added.id, attributes: { Id: added.id, NameServers: added.nameServers } };
    },
    update: async (_context, _given, previous) => previous,
    remove: async (_context, previous) => { remove(previous.ref); },
  };
}

function healthCheckHandler(add: (config: HealthCheckConfig) => HealthCheck, remove: (id: string) => void): ResourceHandler {
  const create: ResourceHandler['create'] = async (context, given) => {
    const { HealthCheckConfig: config } = given as { HealthCheckConfig: HealthCheckConfig };
    if (config.Type !== 'RECOVERY_CONTROL' && config.Type !== 'CLOUDWATCH_METRIC') context.unmodelled('HealthCheckConfig.Type', `${config.Type} checks count as healthy`);
    const check = add(config);
    return { ref: check.id, attributes: { HealthCheckId: check.id } };
  };
  return {
    properties: ['HealthCheckConfig', 'HealthCheckTags'],
    create,
    update: async (context, given, previous) => { remove(previous.ref); return create(context, given); },
    remove: async (_context, previous) => { remove(previous.ref); },
  };
}

type RecordProperties = RecordSetInput & { HostedZoneId?: string; HostedZoneName?: string };

function recordHandler(all: () => HostedZone[], byId: (id: string) => HostedZone, change: (zone: HostedZone, action: string, record: DnsRecord) => void): ResourceHandler {
  const put = (properties: RecordProperties): CreatedResource => {
    const named = all().find((zone) => zone.name === withDot(properties.HostedZoneName ?? ''));
    const target = properties.HostedZoneId === undefined ? named : byId(properties.HostedZoneId);
    if (!target) throw new AwsError('NoSuchHostedZone', `there is no hosted zone named ${properties.HostedZoneName ?? '(none given)'}`, { status: 404 });
    const record = recordFrom(properties);
    change(target, 'UPSERT', record);
    // By which it is found again when it goes.
    return { ref: properties.Name, attributes: { HostedZoneId: target.id, Type: record.type, SetIdentifier: record.setIdentifier } };
  };
  return {
    properties: ['HostedZoneId', 'HostedZoneName', 'Name', 'Type', 'TTL', 'ResourceRecords', 'SetIdentifier', 'Failover', 'Weight', 'HealthCheckId', 'AliasTarget', 'Comment'],
    create: async (_context, given) => put(given),
    update: async (_context, given) => put(given),
    remove: async (_context, { ref, attributes }) => {
      const target = all().find((zone) => zone.id === attributes['HostedZoneId']);
      const record = target?.records.find((each) => each.name === withDot(ref) && each.type === attributes['Type'] && each.setIdentifier === attributes['SetIdentifier']);
      if (target && record) change(target, 'DELETE', record);
    },
  };
}
