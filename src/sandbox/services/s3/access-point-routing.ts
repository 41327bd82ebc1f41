import { AwsError } from '../../service.js';
import type { CallContext, Operation, RequiredPermission } from '../../service.js';
import type { World } from '../../world.js';
import type { S3ControlService } from '../s3-control/service.js';
import { requireReachable } from './copy-source.js';
import { invalidRequest, methodNotAllowed } from './errors.js';
import { accessPointPermissions } from './permissions.js';
import type { AccessPoint } from './permissions.js';

/**
 * Requests to a Multi-Region Access Point (bucket name `<id>.mrap`). The route decides the bucket without looking at the
 * content: a key that is not replicated yet is simply not found. The routed call is made anew in the chosen Region, so
 * its reachability, faults and permissions count too. Source: S3 user guide, Multi-Region Access Points.
 */
export interface AccessPointRouting {
  isAccessPoint(input: { Bucket?: string }): boolean;
  send(operation: string, input: { Bucket?: string }, call: CallContext): Promise<unknown>;
  permissions(operation: string, input: { Bucket?: string }): RequiredPermission[];
}

/** Operations that the access points support. */
const supported = new Set([
  'PutObject', 'GetObject', 'HeadObject', 'DeleteObject', 'CopyObject', 'ListObjectsV2', 'GetObjectAttributes',
  'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload', 'AbortMultipartUpload', 'ListParts', 'ListMultipartUploads',
  'GetObjectTagging', 'PutObjectTagging', 'DeleteObjectTagging',
]);

/** Tells a routed call, on its way through the world, which access point it came from; never on the wire. */
const viaAccessPoint = Symbol('access point');

export function accessPointOf(input: object): AccessPoint | undefined {
  return (input as { [viaAccessPoint]?: AccessPoint })[viaAccessPoint];
}

export function createAccessPointRouting(world: World): AccessPointRouting {
  const control = (): S3ControlService => world.service('s3-control') as S3ControlService;
  return {
    isAccessPoint: (input) => input.Bucket?.endsWith('.mrap') ?? false,
    permissions: (operation, input) => {
      const accessPoint = control().accessPoint(input.Bucket ?? '');
      return accessPoint ? accessPointPermissions(world, operation, input, accessPoint) : [];
    },
    send: async (operation, input, call) => {
      const alias = input.Bucket ?? '';
      if (!supported.has(operation)) throw methodNotAllowed(`${operation} is not supported by Multi-Region Access Points.`);
      const accessPoint = control().accessPoint(alias);
      const route = control().route(alias, call.principal.origin);
      if (!accessPoint || !route) throw new AwsError('NoSuchMultiRegionAccessPoint', 'The specified multi-region access point does not exist', { status: 404 });
      if (String((input as { CopySource?: string }).CopySource ?? '').includes('.mrap/')) throw invalidRequest('A Multi-Region Access Point can only be the destination of a copy.');
      requireReachable(world, call.principal.origin, route.region);
      const routed = { ...input, Bucket: route.bucket, [viaAccessPoint]: accessPoint };
      const output = await world.call<{ Body?: AsyncIterable<Uint8Array> }>('s3', operation, routed, { region: route.region, principal: call.principal, signal: call.signal });
      return output.Body ? { ...output, Body: whileReachable(world, output.Body, call.principal.origin, route.region) } : output;
    },
  };
}

/** The wire watches the access point, not the Region behind it; a body that comes from there ends when it is lost. */
async function* whileReachable(world: World, body: AsyncIterable<Uint8Array>, origin: string, region: string): AsyncGenerator<Uint8Array> {
  for await (const piece of body) {
    requireReachable(world, origin, region);
    yield piece;
  }
}

/** The operation, but routed when its bucket is an access point. */
export function routable(routing: AccessPointRouting, name: string, operation: Operation): Operation {
  return (input: { Bucket?: string }, call) => (routing.isAccessPoint(input) ? routing.send(name, input, call) : operation(input, call));
}
