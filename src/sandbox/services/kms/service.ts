import type { CreatedResource, ResourceContext, Service } from '../../service.js';
import type { World } from '../../world.js';

/**
 * Key Management Service, as far as templates need it: keys and aliases that others may name. Nothing is encrypted, so no
 * request ever reaches it, and key policies and the rights on keys of whoever reads or writes are **not** enforced; a key's policy is
 * listed as unmodelled.
 */
export function createKms(world: World): Service {
  const describe = (context: ResourceContext, keyId: string): CreatedResource => ({ ref: keyId, attributes: { KeyId: keyId, Arn: `arn:${world.partition}:kms:${context.region}:${world.account}:key/${keyId}` } });
  const named = (given: { AliasName: string }): CreatedResource => ({ ref: given.AliasName, attributes: {} });
  return {
    name: 'kms',
    operations: {},
    permissions: (operation) => [{ action: `kms:${operation}`, resource: '*' }],
    resources: {
      'AWS::KMS::Key': {
        properties: ['Description', 'Enabled', 'EnableKeyRotation', 'PendingWindowInDays', 'Tags'],
        create: async (context) => describe(context, world.random.uuid()),
        update: async (_context, _given, previous) => previous,
        remove: async () => undefined,
      },
      'AWS::KMS::Alias': {
        properties: ['AliasName', 'TargetKeyId'],
        create: async (_context, given) => named(given),
        update: async (_context, given) => named(given),
        remove: async () => undefined,
      },
    },
  };
}
