import http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';
import type { AddressInfo } from 'node:net';
import { S3Client, GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installConnectTo } from '../../../src/sandbox/host/connect-to.js';

const seen: { host: string | undefined; method: string | undefined; url: string | undefined; body: string }[] = [];
let server: http.Server;
// Other files of this worker share its modules.
let takeBack: () => void;

beforeAll(async () => {
  server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({ host: request.headers.host, method: request.method, url: request.url, body: Buffer.concat(chunks).toString() });
      response.writeHead(200, { 'x-answered': 'yes' }).end('hello');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  takeBack = installConnectTo([{ host: '(?:^|\\.)us-east-1\\.amazonaws\\.com$', port }]);
});
afterAll(() => { takeBack(); server.close(); server.closeAllConnections(); });

function get(url: string, agent?: https.Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    https.get(url, { agent }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => { text += chunk.toString(); });
      response.on('end', () => { resolve(text); });
    }).on('error', reject);
  });
}

describe('connect-to', () => {
  it('dials loopback for a mapped host and keeps its name, with any agent', async () => {
    expect(await get('https://states.us-east-1.amazonaws.com/a?b=c')).toBe('hello');
    expect(await get('https://states.us-east-1.amazonaws.com/a', new https.Agent({ keepAlive: true }))).toBe('hello');
    expect(seen[0]).toMatchObject({ host: 'states.us-east-1.amazonaws.com', url: '/a?b=c' });
  });

  it('serves an SDK client that has no endpoint setting', async () => {
    const client = new S3Client({ region: 'us-east-1', credentials: { accessKeyId: 'AKIASANDBOX', secretAccessKey: 'x' } });
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'a b' }));
    expect(await Body?.transformToString()).toBe('hello');
    expect(seen.at(-1)).toMatchObject({ host: 'bucket.s3.us-east-1.amazonaws.com', url: '/a%20b?x-id=GetObject' });
  });

  it('redirects fetch as well', async () => {
    const response = await fetch('https://answers.s3.us-east-1.amazonaws.com/path?x=1', { method: 'PUT', body: '{"Status":"SUCCESS"}', headers: { 'content-type': '' } });
    expect([response.status, response.headers.get('x-answered'), await response.text()]).toEqual([200, 'yes', 'hello']);
    expect(seen.at(-1)).toEqual({ host: 'answers.s3.us-east-1.amazonaws.com', method: 'PUT', url: '/path?x=1', body: '{"Status":"SUCCESS"}' });
  });

  it('lets nothing out to an AWS host that no rule maps, whichever way it is dialled', async () => {
    const refused = /lets nothing out to the real AWS/;
    const url = 'https://states.eu-north-1.amazonaws.com/';
    await expect(async () => { await get(url); }).rejects.toThrow(refused);
    await expect(fetch(url)).rejects.toThrow(refused);
    expect(() => tls.connect({ host: 'states.eu-north-1.amazonaws.com', port: 443 })).toThrow(refused);
    expect(() => tls.connect(443, 's3.amazonaws.com')).toThrow(refused);
    expect(() => tls.connect({ host: '192.0.2.1', servername: 's3.api.aws', port: 443 })).toThrow(refused);
  });
});
