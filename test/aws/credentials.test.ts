import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { HttpResponse, type HttpRequest } from '@smithy/core/protocols';
import { beforeAll, afterAll, describe, expect, it, vi } from 'vitest';
import { findCredentials } from '../../src/aws/credentials.js';

/** STS of some Regions; the others' do not answer. */
function sts(answers: (region: string) => 'role' | 'dead' | 'denied') {
  const asked: string[] = [];
  return {
    asked,
    metadata: { handlerProtocol: 'http/1.1' },
    destroy: () => undefined,
    handle: (request: HttpRequest) => {
      const region = /^sts\.([a-z0-9-]+)\./.exec(request.hostname)?.[1] ?? request.hostname;
      asked.push(region);
      switch (answers(region)) {
        case 'dead': return Promise.reject(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
        case 'denied': return Promise.resolve({ response: answer(403, '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not yours</Message></Error></ErrorResponse>') });
        case 'role': return Promise.resolve({ response: answer(200, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
          <AccessKeyId>ASIA${region}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>
          </Credentials></AssumeRoleResult></AssumeRoleResponse>`) });
      }
    },
  };
}

function answer(statusCode: number, text: string): HttpResponse {
  return new HttpResponse({ statusCode, headers: { 'content-type': 'text/xml' }, body: new Blob([text]).stream() });
}

const regions = ['us-east-1', 'us-west-2'];

describe('credentials of a role', () => {
  beforeAll(() => {
    const directory = mkdtempSync(path.join(tmpdir(), 'batchctl-credentials-'));
    writeFileSync(path.join(directory, 'config'), '[profile base]\n[profile operator]\nrole_arn = arn:aws:iam::111122223333:role/operator\nsource_profile = base\n');
    writeFileSync(path.join(directory, 'credentials'), '[base]\naws_access_key_id = AKIA\naws_secret_access_key = secret\n');
    vi.stubEnv('AWS_CONFIG_FILE', path.join(directory, 'config'));
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', path.join(directory, 'credentials'));
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_REGION', undefined);
  });
  afterAll(() => vi.unstubAllEnvs());

  it('are asked for once, however many clients need them', async () => {
    const requestHandler = sts(() => 'role');
    const credentials = findCredentials({ profile: 'operator', regions, requestHandler });
    const found = await Promise.all([credentials(), credentials(), credentials()]);
    expect(found.map((each) => each.accessKeyId)).toEqual(['ASIAus-east-1', 'ASIAus-east-1', 'ASIAus-east-1']);
    await credentials();
    expect(requestHandler.asked).toEqual(['us-east-1']);
  });

  it('come from the other Region\'s STS when the first one\'s does not answer', async () => {
    const requestHandler = sts((region) => (region === 'us-east-1' ? 'dead' : 'role'));
    expect(await findCredentials({ profile: 'operator', regions, requestHandler })()).toMatchObject({ accessKeyId: 'ASIAus-west-2' });
    expect(requestHandler.asked).toEqual(['us-east-1', 'us-west-2']);
  });

  it('are asked of AWS, whatever endpoint the shell was pointed at, such as a sandbox\'s', async () => {
    for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_STS']) vi.stubEnv(name, 'http://127.0.0.1:4711');
    const requestHandler = sts(() => 'role');
    await findCredentials({ profile: 'operator', regions, requestHandler })();
    for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_STS']) vi.stubEnv(name, undefined);
    expect(requestHandler.asked).toEqual(['us-east-1']);
  });

  it('are not asked for elsewhere when they are refused, and the first reason is told', async () => {
    const requestHandler = sts(() => 'denied');
    await expect(findCredentials({ profile: 'operator', regions, requestHandler })()).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(requestHandler.asked).toEqual(['us-east-1']);
  });
});
