import { decodeUri, type Received } from './received.js';

const virtualHost = /^(?<bucket>.+)\.s3(?:-fips)?(?:\.dualstack)?(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com(?:\.cn)?$/;
const localVirtualHost = /^(?<bucket>.+?)\.(?:s3\.)?localhost$/;
const accessPoint = /^(?<alias>[^.]+?)(?:\.mrap)?\.accesspoint\.s3-global\.amazonaws\.com(?:\.cn)?$/;

/**
 * Takes the bucket out of the host (`bucket.s3.region…`, or the alias of a Multi-Region Access Point) or else out of the
 * path. What remains is matched against the model, which knows paths without buckets.
 * Source: Amazon S3 User Guide, "Virtual hosting of general purpose buckets" and "Making requests through a
 * Multi-Region Access Point".
 */
export function addressBucket(received: Received): Received {
  const host = received.host.replace(/:\d+$/, '');
  const alias = accessPoint.exec(host)?.groups?.['alias'];
  if (alias !== undefined) return { ...received, bucket: `${alias}.mrap` };
  const bucket = (virtualHost.exec(host) ?? localVirtualHost.exec(host))?.groups?.['bucket'];
  if (bucket !== undefined) return { ...received, bucket };
  const [, first = '', rest = ''] = /^\/([^/]*)(.*)$/.exec(received.path) ?? [];
  return first === '' ? received : { ...received, bucket: decodeUri(first), path: rest || '/' };
}

export function isAccessPointHost(host: string): boolean {
  return accessPoint.test(host.replace(/:\d+$/, ''));
}
