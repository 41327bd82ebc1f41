import type { PolicyDocument, RequiredPermission } from '../../service.js';
import type { World } from '../../world.js';
import type { KmsService } from './service.js';

/** A customer-managed key, as far as others need it. */
export interface Key {
  id: string;
  arn: string;
  region: string;
  policy?: PolicyDocument;
  /** `alias/…` */
  aliases: string[];
}

export interface KeyUse {
  region: string;
  /** As whoever encrypts with it names it: id, alias, or the ARN of either. Undefined: no key of the account's own. */
  keyId: string | undefined;
  /** The service on whose behalf: `s3`, `dynamodb`, … */
  service: string;
  actions: readonly string[];
  /** Condition keys of the service's own, such as the encryption context. */
  context?: Record<string, string>;
}

/**
 * What the caller of a service must be allowed on the key that encrypts what is touched. Nothing where AWS owns the key, or where the
 * sandbox does not know it. The key's policy counts as a resource's does: it can allow a service or deny anybody. That it must besides
 * let the account's policies count at all, as AWS demands, is not asked.
 */
export function keyPermissions(world: World, { region, keyId, service, actions, context }: KeyUse): RequiredPermission[] {
  const key = keyId === undefined ? undefined : (world.service('kms') as KmsService).find(region, keyId);
  if (!key) return [];
  return actions.map((action) => ({
    action,
    resource: key.arn,
    context: { 'kms:ViaService': `${service}.${region}.amazonaws.com`, 'kms:CallerAccount': world.account, 'kms:ResourceAliases': key.aliases, ...context },
    ...(key.policy ? { resourcePolicy: key.policy } : {}),
  }));
}
