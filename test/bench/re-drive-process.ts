/**
 * What re-driving costs this machine, in real time: `bench.mjs re-drive-process [--jobs 10000]`. The step itself runs in a
 * process of its own with real SDK clients over sockets; a second process stands in for AWS, with its start quota.
 */
import { fork } from 'node:child_process';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { encodeMembers, type Attributes } from '../../src/aws/ledger/attributes.js';
import { acceptedJobItem } from '../../src/aws/ledger/job-item.js';
import { createReadPorts, createWritePorts } from '../../src/aws/ports.js';
import { systemClock } from '../../src/aws/system-clock.js';
import type { Deployment } from '../../src/config/schema.js';
import { jobIdOf } from '../../src/core/job.js';
import type { Plan } from '../../src/core/operation.js';
import { startQuotaOf } from '../../src/core/start-quota.js';
import { persistently, type OperationContext } from '../../src/workflow/operation-context.js';
import { createStartPace } from '../../src/workflow/start-pace.js';
import { redrive } from '../../src/workflow/steps/re-drive.js';

const { values } = parseArgs({ options: { jobs: { type: 'string', default: '10000' } } });
const jobs = Number(values.jobs);
const [home, standby] = ['us-east-1', 'us-west-2'];
const answerAfterMs = 50;

/** The members that are looked at. */
interface Request {
  IndexName: string;
  Key: Attributes;
  ExpressionAttributeValues: Attributes;
  UpdateExpression: string;
  name: string;
}

if (process.send) serve();
else await measure();

/** AWS as far as the step needs it: the ledger's rows, the start quota, and empty buckets. */
function serve(): void {
  const rows = new Map<string, Attributes>();
  for (let index = 0; index < jobs; index += 1) {
    const key = `input/2026/11/orders-${String(index).padStart(7, '0')}.csv`;
    const versionId = `v${index.toString(36).padStart(31, '0')}`;
    const at = new Date(Date.now() - 60_000 + index).toISOString();
    const jobId = jobIdOf(key, versionId);
    rows.set(jobId, {
      ...acceptedJobItem({ jobId, key, versionId, bytes: 1_000_000 + index, checksum: 'c'.repeat(64), acceptedAt: at, acceptedBy: home, presentIn: { [home]: at, [standby]: at } }),
      ...encodeMembers({ status: 'RUNNING', epoch: 1, region: home, attempt: 1, claimedAt: at, executionArn: `arn:aws:states:${home}:111122223333:execution:batchctl-job:${jobId}-e1-a1` }),
    });
  }
  const quota = startQuotaOf(standby);
  let [tokens, filledAt] = [quota.burst, Date.now()];
  let [accepted, throttled, lastAcceptedAt] = [0, 0, 0];
  const answers: Record<string, (body: Request) => object | undefined> = {
    Query: ({ IndexName, ExpressionAttributeValues }) => ({ Items: IndexName !== 'open' ? [] : [...rows.values()].filter((row) => row['openShard']?.S === ExpressionAttributeValues[':shard']?.S && row['status']?.S === 'RUNNING') }),
    UpdateItem({ Key, UpdateExpression, ExpressionAttributeValues }) {
      const row = rows.get((Key['pk']?.S ?? '').slice('job#'.length))!;
      for (const [, name] of UpdateExpression.matchAll(/#(\w+) = :/g)) row[name!] = ExpressionAttributeValues[`:${name}`]!;
      if (UpdateExpression.includes('REMOVE')) delete row['executionArn'];
      return { Attributes: row };
    },
    StartExecution({ name }) {
      const now = Date.now();
      tokens = Math.min(quota.burst, tokens + ((now - filledAt) / 1000) * quota.perSecond);
      filledAt = now;
      if (tokens < 1) {
        throttled += 1;
        return undefined;
      }
      tokens -= 1;
      accepted += 1;
      lastAcceptedAt = now;
      return { executionArn: `arn:aws:states:${standby}:111122223333:execution:batchctl-job:${name}`, startDate: now / 1000 };
    },
    BatchGetItem: () => ({ Responses: {} }),
  };
  const server = http.createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const operation = String(request.headers['x-amz-target'] ?? '').split('.').at(-1) ?? '';
      const answer = operation === '' ? undefined : answers[operation]?.(JSON.parse(Buffer.concat(pieces).toString()) as Request);
      setTimeout(() => {
        if (operation === '') response.writeHead(200, { 'content-type': 'application/xml', 'x-amz-request-id': 'bench' }).end('<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>');
        else if (answer) response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'bench' }).end(JSON.stringify(answer));
        else response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'bench' }).end(JSON.stringify({ __type: 'ThrottlingException', message: 'Rate exceeded' }));
      }, answerAfterMs);
    });
  });
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
  process.on('message', () => process.send?.({ accepted, throttled, lastAcceptedAt }));
  process.on('disconnect', () => process.exit(0));
}

async function measure(): Promise<void> {
  const aws = fork(process.argv[1]!, process.argv.slice(2));
  const told = <T>(): Promise<T> => new Promise((resolve) => { aws.once('message', (message) => { resolve(message as T); }); });
  const { port } = await told<{ port: number }>();
  const resources = (region: string) => ({ bucket: `bench-${region}`, stateMachineArn: `arn:aws:states:${region}:111122223333:stateMachine:batchctl-job`, functions: {} });
  const deployment = {
    name: 'bench', home, other: standby, ledgerTable: 'bench-ledger', arc: null, mrap: { controlRegions: [] }, regions: { [home]: resources(home), [standby]: resources(standby) },
    transport: { connectTo: [{ host: '.*', port }] }, credentials: { accessKeyId: 'AKIASANDBOXBENCH', secretAccessKey: 'secret' },
  } as unknown as Deployment;
  const nowhere = { append: async () => {}, read: async () => [], list: async () => [], latestUnfinished: async () => undefined };
  const read = createReadPorts(deployment, { clock: systemClock });
  const write = createWritePorts(deployment, { clock: systemClock, journal: nowhere });
  const plan = { from: home, to: standby, epochBefore: 1, epochAfter: 2, redrive: [] } as unknown as Plan;
  let peakMebibytes = 0;
  const watch = setInterval(() => { peakMebibytes = Math.max(peakMebibytes, process.memoryUsage().rss / 1_048_576); }, 50);
  const [began, before] = [Date.now(), process.cpuUsage()];
  const context = { plan, read, write, starts: createStartPace(systemClock, startQuotaOf(standby)), progress: () => {}, signal: new AbortController().signal } as unknown as OperationContext;
  const outcome = await persistently(context, 60_000, () => redrive.run(context));
  const cpu = process.cpuUsage(before);
  clearInterval(watch);
  const seen = told<{ accepted: number; throttled: number; lastAcceptedAt: number }>();
  aws.send('how many');
  const { accepted, throttled, lastAcceptedAt } = await seen;
  aws.disconnect();
  const ceilingSeconds = Math.max(0, jobs - 1300) / 300;
  process.stdout.write(`${JSON.stringify({
    jobs, accepted, throttled, state: outcome.state, lastStartSeconds: (lastAcceptedAt - began) / 1000, ceilingSeconds,
    ofCeiling: Math.round((ceilingSeconds / ((lastAcceptedAt - began) / 1000)) * 1000) / 1000,
    cpuSeconds: Math.round((cpu.user + cpu.system) / 1e4) / 100, cpuMillisecondsPerJob: Math.round((cpu.user + cpu.system) / jobs / 10) / 100, peakMebibytes: Math.round(peakMebibytes),
  })}\n`);
  process.exit(0);
}
