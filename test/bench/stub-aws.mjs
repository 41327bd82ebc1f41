// An AWS that answers every call of `status` at once with the least that is well formed: what remains is batchctl's own.
import { createServer } from 'node:http';

const now = () => new Date().toISOString();
const routes = ['us-east-1', 'us-west-2'].map((region, index) => `<Route><Bucket>app-${region}</Bucket><Region>${region}</Region><TrafficDialPercentage>${index === 0 ? 100 : 0}</TrafficDialPercentage></Route>`).join('');
const control = {
  pk: { S: 'control' }, sk: { S: 'control' }, epoch: { N: '1' }, phase: { S: 'active' }, activeRegion: { S: 'us-east-1' }, changedAt: { S: now() }, changedBy: { S: 'bench' },
};

/** By the end of `X-Amz-Target`. */
const byTarget = {
  GetItem: () => ({ Item: { ...control, updatedAt: { S: now() } } }),
  Query: () => ({ Items: [], Count: 0, ScannedCount: 0 }),
  Scan: () => ({ Items: [], Count: 0, ScannedCount: 0 }),
  BatchGetItem: (input) => ({ Responses: Object.fromEntries(Object.keys(input.RequestItems).map((table) => [table, [{ ...control, updatedAt: { S: now() } }]])), UnprocessedKeys: {} }),
  DescribeStateMachine: () => ({ stateMachineArn: 'arn', name: 'app-job', definition: '{}', roleArn: 'arn', type: 'STANDARD', status: 'ACTIVE', creationDate: 1 }),
  ListExecutions: () => ({ executions: [] }),
  GetRoutingControlState: (input) => ({ RoutingControlArn: input.RoutingControlArn, RoutingControlState: /east/.test(input.RoutingControlArn) ? 'On' : 'Off' }),
  GetMetricData: (input) => ({ MetricDataResults: (input.MetricDataQueries ?? []).map(({ Id }) => ({ Id, Label: Id, StatusCode: 'Complete', Timestamps: [Math.floor(Date.now() / 60_000) * 60], Values: [0] })) }),
};

/** Listens on a free port; `calls` counts what was asked. What is sent to a host that `swallows` matches is never answered. */
export async function startStubAws({ swallows = /^$/ } = {}) {
  const stub = { calls: 0, connections: 0, port: 0, close: () => { server.close(); server.closeAllConnections(); } };
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    stub.calls += 1;
    if (swallows.test(request.headers.host)) return;
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { status = 200, type = 'application/x-amz-json-1.0', body = '' } = answer(request, Buffer.concat(chunks).toString());
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), 'x-amzn-requestid': String(stub.calls) });
      response.end(request.method === 'HEAD' ? undefined : body);
    });
  });
  server.on('connection', () => { stub.connections += 1; });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  stub.port = server.address().port;
  return stub;
}

function answer(request, body) {
  const target = /[A-Za-z]+$/.exec(request.headers['x-amz-target'] ?? '')?.[0];
  if (target) {
    const known = byTarget[target];
    return known ? { body: JSON.stringify(known(JSON.parse(body || '{}'))) } : { status: 400, body: JSON.stringify({ __type: 'NotInTheStub', message: target }) };
  }
  if (/s3-control/.test(request.headers.host)) return { type: 'application/xml', body: `<GetMultiRegionAccessPointRoutesResult xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><Routes>${routes}</Routes></GetMultiRegionAccessPointRoutesResult>` };
  if (/account-settings/.test(request.url)) return { type: 'application/json', body: JSON.stringify({ AccountLimit: { ConcurrentExecutions: 1000 }, AccountUsage: {} }) };
  if (/invocations$/.test(request.url)) return { type: 'application/json', body: '[]' };
  return { type: 'application/xml' };
}

/** A deployment whose every call goes to that port. */
export function deploymentOn(port) {
  const resources = (region) => ({
    bucket: `app-${region}`, stateMachineArn: `arn:aws:states:${region}:111122223333:stateMachine:app-job`, replicationRuleId: 'rule',
    functions: Object.fromEntries(['ingest', 'split', 'process-part', 'merge', 'commit', 'observe'].map((role) => [role, `app-${role}`])),
  });
  const endpoints = ['us-east-1', 'eu-west-1', 'us-west-2', 'ap-northeast-1', 'ap-southeast-2'];
  const arc = 'arn:aws:route53-recovery-control::111122223333';
  return {
    schemaVersion: 1, name: 'stub', account: '111122223333', codeVersion: '1', home: 'us-east-1', other: 'us-west-2', witness: 'us-east-2',
    regions: { 'us-east-1': resources('us-east-1'), 'us-west-2': resources('us-west-2') },
    mrap: { name: 'app', alias: 'abcdefghijklm.mrap', arn: 'arn:aws:s3::111122223333:accesspoint/abcdefghijklm.mrap', controlRegions: endpoints },
    ledgerTable: 'app-ledger', referenceTable: 'app-reference',
    arc: {
      clusterArn: `${arc}:cluster/c`, controlPanelArn: `${arc}:controlpanel/p`,
      endpoints: endpoints.map((region) => ({ region, endpoint: `https://c.route53-recovery-cluster.${region}.amazonaws.com/v1` })),
      routingControls: { 'us-east-1': `${arc}:controlpanel/p/routingcontrol/east`, 'us-west-2': `${arc}:controlpanel/p/routingcontrol/west` },
    },
    transport: { connectTo: [{ host: '.', port }] },
    credentials: { accessKeyId: 'AKIASANDBOXSTUB', secretAccessKey: 'stub' },
  };
}
