import http from 'node:http';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { sampleDeployment } from '../config/sample-deployment.js';

/** What one call is answered with; `never`: nothing at all. */
export type SmallAnswer = { status?: number; type?: 'xml' | 'json'; body: string | Uint8Array } | 'never';

export interface SmallCall {
  /** Such as `dynamodb.us-east-1.amazonaws.com`. */
  host: string;
  /** `DynamoDB_20120810.GetItem`, or the method of a REST call. */
  operation: string;
  path: string;
  body: string;
}

/** A deployment whose every call goes to a server of this test: for what the command line does with one single answer. */
export interface SmallAws {
  calls: SmallCall[];
  /** Set by the test. */
  answer(call: SmallCall): SmallAnswer;
  /** HOME, XDG folders and the deployment file `sample`. */
  env: Record<string, string>;
  home: string;
  close(): Promise<void>;
}

export const sandboxKeys = { accessKeyId: 'AKIASANDBOXEXAMPLE00', secretAccessKey: 'secret' };

export async function openSmallAws(): Promise<SmallAws> {
  const home = await mkdtemp(path.join(os.tmpdir(), 'batchctl-small-'));
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const call: SmallCall = { host: request.headers.host ?? '', operation: String(request.headers['x-amz-target'] ?? request.method), path: request.url ?? '', body: Buffer.concat(chunks).toString('utf8') };
      aws.calls.push(call);
      const answered = answerOf(call);
      if (answered === 'never') return;
      const type = answered.type ?? 'json';
      response.writeHead(answered.status ?? 200, { 'content-type': type === 'json' ? 'application/x-amz-json-1.0' : 'text/xml', 'x-amzn-requestid': 'r', 'content-length': Buffer.byteLength(answered.body) });
      response.end(answered.body);
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  /** A test that does not know what to answer fails by that, and does not wait for ever. */
  const answerOf = (call: SmallCall): SmallAnswer => {
    try {
      return aws.answer(call);
    } catch (error) {
      return { status: 400, body: JSON.stringify({ __type: 'TestDidNotAnswer', message: `${call.operation} at ${call.host}: ${String(error)}` }) };
    }
  };
  const { port } = server.address() as AddressInfo;
  await mkdir(path.join(home, 'config/batchctl'), { recursive: true });
  await writeFile(path.join(home, 'config/batchctl/sample.json'), JSON.stringify(sampleDeployment({ transport: { connectTo: [{ host: '.*', port }] }, credentials: sandboxKeys })), { mode: 0o600 });
  const aws: SmallAws = {
    calls: [],
    answer: (): SmallAnswer => ({ status: 500, body: '{"__type":"InternalServerError"}' }),
    env: { HOME: home, XDG_CONFIG_HOME: path.join(home, 'config'), XDG_STATE_HOME: path.join(home, 'state'), XDG_CACHE_HOME: path.join(home, 'cache') },
    home,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
      await rm(home, { recursive: true, force: true });
    },
  };
  return aws;
}
