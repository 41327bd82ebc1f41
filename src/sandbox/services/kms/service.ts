import type { CreatedResource, PolicyDocument, ResourceContext, Service } from '../../service.js';
import type { World } from '../../world.js';
import type { Key } from './keys.js';

/**
 * Key Management Service, as far as templates need it: keys and aliases that others name. Nothing is encrypted, so no request ever
 * reaches it; but S3 and DynamoDB ask IAM whether their callers may use the key (`keys.ts`).
 */
export interface KmsService extends Service {
  /** By id, alias, or the ARN of either. */
  find(region: string, keyId: string): Key | undefined;
}

interface KeyProperties {
  KeyPolicy?: PolicyDocument;
}

interface AliasProperties {
  AliasName: string;
  /** Id or ARN. */
  TargetKeyId: string;
}

export function createKms(world: World): KmsService {
  let keys: Key[] = [];
  const find: KmsService['find'] = (region, keyId) => {
    const name = keyId.slice(keyId.lastIndexOf(':') + 1);
    return keys.find((key) => key.region === region && (`key/${key.id}` === name || key.id === name || key.aliases.includes(name)));
  };
  const put = (context: ResourceContext, id: string, { KeyPolicy }: KeyProperties): CreatedResource => {
    const previous = find(context.region, id);
    const key: Key = { id, arn: `arn:${world.partition}:kms:${context.region}:${world.account}:key/${id}`, region: context.region, aliases: previous?.aliases ?? [], ...(KeyPolicy ? { policy: KeyPolicy } : {}) };
    keys = [...keys.filter((each) => each !== previous), key];
    world.changed();
    return { ref: id, attributes: { KeyId: id, Arn: key.arn } };
  };
  const unname = (region: string, alias: string): void => {
    for (const key of keys.filter((each) => each.region === region)) key.aliases = key.aliases.filter((each) => each !== alias);
    world.changed();
  };
  const name = (context: ResourceContext, { AliasName, TargetKeyId }: AliasProperties): CreatedResource => {
    unname(context.region, AliasName);
    find(context.region, TargetKeyId)?.aliases.push(AliasName);
    return { ref: AliasName, attributes: {} };
  };
  return {
    name: 'kms',
    find,
    operations: {},
    permissions: (operation) => [{ action: `kms:${operation}`, resource: '*' }],
    resources: {
      'AWS::KMS::Key': {
        properties: ['Description', 'KeyPolicy', 'Enabled', 'EnableKeyRotation', 'PendingWindowInDays', 'Tags'],
        create: async (context, given: KeyProperties) => put(context, world.random.uuid(), given),
        update: async (context, given: KeyProperties, previous) => put(context, previous.ref, given),
        remove: async (context, previous) => {
          keys = keys.filter((key) => key.region !== context.region || key.id !== previous.ref);
          world.changed();
        },
      },
      'AWS::KMS::Alias': {
        properties: ['AliasName', 'TargetKeyId'],
        create: async (context, given: AliasProperties) => name(context, given),
        update: async (context, given: AliasProperties, previous) => {
          unname(context.region, previous.ref);
          return name(context, given);
        },
        remove: async (context, previous) => { unname(context.region, previous.ref); },
      },
    },
    snapshot: () => keys,
    restore: (state: never) => { keys = structuredClone(state as Key[]); },
    inspect: () => ({ keys: keys.map(({ arn, aliases }) => ({ arn, aliases })) }),
  };
}
