import type { Access, Grant } from '../../src/sandbox/iam/access.js';

/** A kind of call that was made: the same principal, action, answer and grants. */
export interface SeenAccess extends Access {
  times: number;
}

/** Collects what IAM decided, one entry for all calls of a kind. `resource` is the first of them. */
export interface AccessLog {
  note(access: Access): void;
  seen(): SeenAccess[];
}

export function createAccessLog(): AccessLog {
  const kinds = new Map<string, SeenAccess>();
  return {
    note(access) {
      const kind = [access.principal, access.action, access.allowed, ...access.grants.map(grantId)].join('\n');
      const seen = kinds.get(kind);
      if (seen) seen.times += 1;
      else kinds.set(kind, { ...access, times: 1 });
    },
    seen: () => [...kinds.values()],
  };
}

export function grantId({ holder, policy, statement, action, resource }: Grant): string {
  return [holder, policy, statement, action, resource].join(' | ');
}
