import { describe, expect, it } from 'vitest';
import { createClientFactory } from '../../src/aws/clients.js';
import { createExecutionsWriter } from '../../src/aws/executions.js';
import { createObjectsReader } from '../../src/aws/objects.js';
import { systemClock } from '../../src/aws/system-clock.js';

interface Request { query: Record<string, string>; body: unknown }

/** Real SDK clients whose requests get these answers, one after the other. */
function answering(bodies: readonly string[], contentType: string) {
  const requests: Request[] = [];
  const requestHandler = { handle: (request: Request) => {
    const body = bodies[Math.min(requests.length, bodies.length - 1)]!;
    requests.push(request);
    return Promise.resolve({ response: { statusCode: 200, headers: { 'content-type': contentType, 'x-amz-request-id': 'r', 'x-amzn-requestid': 'r' }, body: Buffer.from(body) } });
  } };
  return { requests, clients: createClientFactory({ credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' } }, { requestHandler }) };
}

const version = (key: string, versionId: string, isLatest: boolean): string => `<Version><Key>${key}</Key><VersionId>${versionId}</VersionId><IsLatest>${isLatest}</IsLatest><LastModified>2026-03-01T06:00:00.000Z</LastModified><ETag>"e"</ETag><Size>1</Size></Version>`;
const marker = (key: string, isLatest: boolean): string => `<DeleteMarker><Key>${key}</Key><VersionId>m</VersionId><IsLatest>${isLatest}</IsLatest><LastModified>2026-03-01T06:00:00.000Z</LastModified></DeleteMarker>`;
const page = (content: string, next = ''): string => `<ListVersionsResult><IsTruncated>${next !== ''}</IsTruncated>${next && `<NextKeyMarker>${next}</NextKeyMarker><NextVersionIdMarker>m</NextVersionIdMarker>`}${content}</ListVersionsResult>`;

const pages = [
  page(version('input/a', 'a2', true) + version('input/a', 'a1', false) + marker('input/b', true) + version('input/b', 'b2', false), 'input/b'),
  page(version('input/b', 'b1', false) + version('input/c', 'c2', true) + marker('input/c', false) + version('input/c', 'c1', false)),
];

async function listed(options?: { overwritten: true }): Promise<string[]> {
  const { clients } = answering(pages, 'application/xml');
  const found: string[] = [];
  for await (const { versionId } of createObjectsReader('us-east-1', 'bucket', clients, systemClock).list('input/', options)) found.push(versionId);
  return found;
}

describe('listing objects', () => {
  it('gives what stands', async () => {
    expect(await listed()).toEqual(['a2', 'c2']);
  });

  it('gives what was overwritten too, but nothing of a key that somebody has deleted, on whatever page its versions are', async () => {
    expect(await listed({ overwritten: true })).toEqual(['a2', 'a1', 'c2', 'c1']);
  });
});

it('asks Step Functions for one redrive however often it asks', async () => {
  const { requests, clients } = answering(['{"redriveDate":1}'], 'application/x-amz-json-1.0');
  const machine = createExecutionsWriter('us-east-1', 'arn:aws:states:us-east-1:111122223333:stateMachine:m', clients, systemClock);
  for (const since of ['2026-03-01T06:00:00Z', '2026-03-01T06:00:00Z', '2026-03-01T07:00:00Z']) await machine.redrive('arn:aws:states:us-east-1:111122223333:execution:m:e', since);
  const tokens = requests.map(({ body }) => (JSON.parse(String(body)) as { clientToken: string }).clientToken);
  expect(tokens[0]).toBe(tokens[1]);
  expect(tokens[2]).not.toBe(tokens[0]);
  for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{64}$/);
});
