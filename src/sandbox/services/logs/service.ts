/**
 * CloudWatch Logs. Imitated: groups with retention, streams, writing and reading events with time ranges, simple filter
 * patterns (words that must all occur) and pages, and metrics in embedded metric format. Functions' consoles end here.
 *
 * Not imitated: subscriptions, metric filters, Insights, encryption. Each group keeps only its newest lines.
 */
import { AwsError, type CallContext, type RequiredPermission, type Service } from '../../service.js';
import type { World } from '../../world.js';
import { embeddedMetrics } from './embedded-metrics.js';
import { createLogGroupResource } from './resources.js';

/** Lines that a group keeps; real ones keep all of the retention time. */
const linesKept = 10_000;
const dayMs = 86_400_000;

interface LogLine {
  id: number;
  at: number;
  stream: string;
  message: string;
}

export interface LogGroup {
  name: string;
  region: string;
  createdAt: number;
  retentionInDays?: number;
  lines: LogLine[];
}

export interface LogsService extends Service {
  /** Writes one line as it is said; the group is made when it is not there. Metrics in it are recorded. */
  append(region: string, group: string, stream: string, message: string): void;
}

export interface LogGroups {
  create(region: string, name: string): LogGroup;
  find(region: string, name: string): LogGroup;
  retain(region: string, name: string, days: number | undefined): void;
  delete(region: string, name: string): void;
}

interface ReadRequest {
  logGroupName?: string;
  logGroupIdentifier?: string;
  logStreamName?: string;
  logStreamNames?: string[];
  startTime?: number;
  endTime?: number;
  filterPattern?: string;
  nextToken?: string;
  limit?: number;
}

export function createLogs(world: World): LogsService {
  const groups = new Map<string, LogGroup>();
  let sequence = 0;
  const access: LogGroups = {
    create(region, name) {
      if (groups.has(`${region}/${name}`)) throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
      const group: LogGroup = { name, region, createdAt: world.clock.now(), lines: [] };
      groups.set(`${region}/${name}`, group);
      world.changed();
      return group;
    },
    find(region, name) {
      const group = groups.get(`${region}/${name}`);
      if (!group) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
      return group;
    },
    delete(region, name) {
      groups.delete(`${region}/${name}`);
      world.changed();
    },
    retain(region, name, days) {
      const group = access.find(region, name);
      if (days === undefined) delete group.retentionInDays;
      else group.retentionInDays = days;
      world.changed();
    },
  };

  function write(group: LogGroup, stream: string, message: string, at: number): void {
    sequence += 1;
    group.lines.push({ id: sequence, at, stream, message });
    // In batches, because dropping the first of many lines one by one would copy them all each time.
    if (group.lines.length > linesKept * 1.2) group.lines.splice(0, group.lines.length - linesKept);
    for (const metric of embeddedMetrics(message)) world.recordMetric(group.region, metric);
    world.changed();
  }

  function read(request: ReadRequest, call: CallContext): LogLine[] {
    const group = access.find(call.region, request.logGroupName ?? groupOfArn(request.logGroupIdentifier ?? ''));
    const oldest = group.retentionInDays === undefined ? 0 : world.clock.now() - group.retentionInDays * dayMs;
    const streams = request.logStreamName === undefined ? request.logStreamNames : [request.logStreamName];
    const words = wordsOf(request.filterPattern ?? '');
    const { startTime = 0, endTime = Number.POSITIVE_INFINITY } = request;
    return group.lines.filter((line) => line.at >= Math.max(startTime, oldest) && line.at < endTime
      && (streams === undefined || streams.includes(line.stream)) && words.every((word) => line.message.includes(word)));
  }

  const operations = {
    CreateLogGroup: async (input: { logGroupName: string }, call: CallContext) => { access.create(call.region, input.logGroupName); return {}; },
    DeleteLogGroup: async (input: { logGroupName: string }, call: CallContext) => {
      access.find(call.region, input.logGroupName);
      groups.delete(`${call.region}/${input.logGroupName}`);
      world.changed();
      return {};
    },
    CreateLogStream: async (input: { logGroupName: string }, call: CallContext) => { access.find(call.region, input.logGroupName); return {}; },
    PutRetentionPolicy: async (input: { logGroupName: string; retentionInDays: number }, call: CallContext) => { access.retain(call.region, input.logGroupName, input.retentionInDays); return {}; },
    DeleteRetentionPolicy: async (input: { logGroupName: string }, call: CallContext) => { access.retain(call.region, input.logGroupName, undefined); return {}; },
    PutLogEvents: async (input: { logGroupName: string; logStreamName: string; logEvents: { timestamp: number; message: string }[] }, call: CallContext) => {
      const group = access.find(call.region, input.logGroupName);
      for (const { timestamp, message } of input.logEvents) write(group, input.logStreamName, message, timestamp);
      return { nextSequenceToken: String(sequence) };
    },
    DescribeLogGroups: async (input: { logGroupNamePrefix?: string }, call: CallContext) => ({
      logGroups: [...groups.values()].filter((group) => group.region === call.region && group.name.startsWith(input.logGroupNamePrefix ?? '')).map((group) => describe(world, group)),
    }),
    DescribeLogStreams: async (input: { logGroupName: string }, call: CallContext) => ({ logStreams: streamsOf(access.find(call.region, input.logGroupName)) }),
    FilterLogEvents: async (input: ReadRequest, call: CallContext) => {
      const { page, token } = paged(read(input, call), input);
      return { events: page.map((line) => ({ logStreamName: line.stream, timestamp: line.at, message: line.message, ingestionTime: line.at, eventId: String(line.id) })), ...(token === undefined ? {} : { nextToken: token }) };
    },
    GetLogEvents: async (input: ReadRequest, call: CallContext) => {
      const { page, token } = paged(read(input, call), input);
      const forward = token ?? `after-${page.at(-1)?.id ?? afterToken(input.nextToken)}`;
      return { events: page.map((line) => ({ timestamp: line.at, message: line.message, ingestionTime: line.at })), nextForwardToken: forward, nextBackwardToken: `after-${(page[0]?.id ?? 1) - 1}` };
    },
  };

  return {
    name: 'logs',
    operations,
    permissions: (operation, input, call) => permissions(world, operation, input as { logGroupName?: string }, call),
    resources: { 'AWS::Logs::LogGroup': createLogGroupResource(world, access) },
    append(region, name, stream, message) {
      write(groups.get(`${region}/${name}`) ?? access.create(region, name), stream, message, world.clock.now());
    },
    snapshot: () => structuredClone({ sequence, groups: [...groups.values()] }),
    restore(state: { sequence: number; groups: LogGroup[] }) {
      sequence = state.sequence;
      groups.clear();
      for (const group of structuredClone(state.groups)) groups.set(`${group.region}/${group.name}`, group);
    },
  };
}

export function logGroupArn(world: Pick<World, 'partition' | 'account'>, region: string, name: string): string {
  return `arn:${world.partition}:logs:${region}:${world.account}:log-group:${name}:*`;
}

function groupOfArn(identifier: string): string {
  return identifier.split(':log-group:').at(-1)?.replace(/:\*$/, '') ?? identifier;
}

function describe(world: World, group: LogGroup): Record<string, unknown> {
  const arn = logGroupArn(world, group.region, group.name);
  return {
    logGroupName: group.name,
    arn,
    logGroupArn: arn.replace(/:\*$/, ''),
    creationTime: group.createdAt,
    storedBytes: group.lines.reduce((sum, line) => sum + line.message.length, 0),
    ...(group.retentionInDays === undefined ? {} : { retentionInDays: group.retentionInDays }),
  };
}

function streamsOf(group: LogGroup): unknown[] {
  const streams = new Map<string, { logStreamName: string; firstEventTimestamp: number; lastEventTimestamp: number }>();
  for (const { stream, at } of group.lines) {
    const known = streams.get(stream);
    streams.set(stream, { logStreamName: stream, firstEventTimestamp: known?.firstEventTimestamp ?? at, lastEventTimestamp: at });
  }
  return [...streams.values()];
}

/** Words and quoted phrases; all must occur. */
function wordsOf(pattern: string): string[] {
  return [...pattern.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '').filter((word) => word !== '');
}

function paged(lines: LogLine[], request: ReadRequest): { page: LogLine[]; token?: string } {
  const after = afterToken(request.nextToken);
  const rest = lines.filter((line) => line.id > after);
  const page = rest.slice(0, request.limit ?? 10_000);
  return { page, ...(page.length < rest.length ? { token: `after-${page.at(-1)?.id ?? 0}` } : {}) };
}

function afterToken(token: string | undefined): number {
  return token === undefined ? 0 : Number(/^after-(\d+)$/.exec(token)?.[1] ?? 0);
}

function permissions(world: World, operation: string, input: { logGroupName?: string }, call: CallContext): RequiredPermission[] {
  const resource = input.logGroupName === undefined ? '*' : logGroupArn(world, call.region, input.logGroupName);
  return [{ action: `logs:${operation}`, resource }];
}
