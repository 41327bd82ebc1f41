import { createHash, createHmac, createPublicKey, verify } from 'node:crypto';
import { SignatureV4a } from '@smithy/signature-v4a';
import { describe, expect, it } from 'vitest';
import { accessPointHost, presignGet } from '../../../src/aws/presign/presign.js';
import { deriveSigningKey } from '../../../src/aws/presign/sigv4a.js';

const accessPointArn = 'arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap';
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: 'to/ken+with=signs' };
const now = new Date('2026-11-21T06:07:08.901Z');

class Sha256 {
  private readonly hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;
  constructor(secret?: string | Uint8Array) { this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret); }
  update(data: string | Uint8Array): void { this.hash.update(data); }
  digest(): Promise<Uint8Array> { return Promise.resolve(this.hash.digest()); }
  reset(): void { throw new Error('not needed here'); }
}

const publicKey = (accessKeyId: string, secretAccessKey: string) => createPublicKey(deriveSigningKey(accessKeyId, secretAccessKey));

/** Signs with the SDK's own signer and verifies with the public half of our key: both derive the same one, or this fails. */
async function agreesWithSdk(accessKeyId: string, secretAccessKey: string): Promise<boolean> {
  const signer = new SignatureV4a({ credentials: { accessKeyId, secretAccessKey }, region: '*', service: 's3', sha256: Sha256 as never, uriEscapePath: false, applyChecksum: false });
  const request = { method: 'GET', protocol: 'https:', hostname: 'example.com', path: '/x', query: {}, headers: { host: 'example.com' } };
  const { headers } = await signer.sign(request as never, { signingDate: now }) as { headers: Record<string, string> };
  const [, scope, signed, signature] = /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+), Signature=(\S+)$/.exec(headers.authorization ?? '')!;
  const lines = signed!.split(';').map((name) => `${name}:${headers[name]}\n`).join('');
  const canonical = `GET\n/x\n\n${lines}\n${signed}\n${headers['x-amz-content-sha256'] ?? createHash('sha256').digest('hex')}`;
  const text = ['AWS4-ECDSA-P256-SHA256', headers['x-amz-date'], scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  return verify('sha256', Buffer.from(text), publicKey(accessKeyId, secretAccessKey), Buffer.from(signature!, 'hex'));
}

/** What S3 does with the URL: takes it apart as it came, puts the canonical request together, and verifies. */
function isValid(url: string, changed: (query: string) => string = (query) => query): boolean {
  const { host, pathname, search } = new URL(url);
  const pairs = changed(search.slice(1)).split('&');
  const value = (name: string): string => decodeURIComponent(pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? '');
  const canonicalQuery = pairs.filter((pair) => !pair.startsWith('X-Amz-Signature=')).sort().join('&');
  const request = `GET\n${pathname}\n${canonicalQuery}\nhost:${host}\n\nhost\nUNSIGNED-PAYLOAD`;
  const [accessKeyId = '', ...scope] = value('X-Amz-Credential').split('/');
  const text = [value('X-Amz-Algorithm'), value('X-Amz-Date'), scope.join('/'), createHash('sha256').update(request).digest('hex')].join('\n');
  return verify('sha256', Buffer.from(text), publicKey(accessKeyId, credentials.secretAccessKey), Buffer.from(value('X-Amz-Signature'), 'hex'));
}

describe('signing key', () => {
  it('is the one that the SDK derives, for many credentials', async () => {
    for (let serial = 0; serial < 20; serial += 1) expect(await agreesWithSdk(`AKID${serial}`, `secret-${serial}`)).toBe(true);
  });
});

describe('presigned URL', () => {
  const signed = (key: string) => presignGet({ accessPointArn, key, versionId: '3/L4+kqt=', expiresInSeconds: 3600, fileName: 'orders (März).csv' }, credentials, now);

  it.each(['output/job/e1-a1/orders.csv', 'output/a b+c/(1)!*\'.csv', 'output/日本/é&=?#.csv'])('verifies for %s', (key) => {
    expect(isValid(signed(key))).toBe(true);
  });

  it('names the access point, every Region, the hour and the session', () => {
    const url = new URL(signed('output/x.csv'));
    expect(url.host).toBe('mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      'X-Amz-Algorithm': 'AWS4-ECDSA-P256-SHA256',
      'X-Amz-Credential': 'AKIDEXAMPLE/20261121/s3/aws4_request',
      'X-Amz-Date': '20261121T060708Z',
      'X-Amz-Expires': '3600',
      'X-Amz-Region-Set': '*',
      'X-Amz-Security-Token': credentials.sessionToken,
      versionId: '3/L4+kqt=',
    });
  });

  it('is worth nothing once a parameter is changed', () => {
    const url = signed('output/x.csv');
    expect(isValid(url, (query) => query.replace('X-Amz-Expires=3600', 'X-Amz-Expires=604800'))).toBe(false);
    expect(isValid(url, (query) => query.replace(/versionId=[^&]*/, 'versionId=other'))).toBe(false);
    expect(isValid(url.replace('/output/x.csv', '/output/y.csv'))).toBe(false);
  });

  it('refuses what is no Multi-Region Access Point', () => {
    expect(() => accessPointHost('arn:aws:s3:us-east-1:111122223333:accesspoint/single')).toThrow('not the ARN');
  });
});
