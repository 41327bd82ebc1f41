import type { Random } from '../random.js';
import type { AccessKey } from '../wire/authenticate.js';

/** An access key with its id; sandbox keys are told from real ones by their prefix, so that neither works elsewhere. */
export interface StoredKey extends AccessKey {
  accessKeyId: string;
  sessionName?: string;
}

export interface AccessKeys {
  find(accessKeyId: string): StoredKey | undefined;
  addLongLived(principalArn: string): StoredKey;
  addTemporary(key: { principalArn: string; origin: string; expiresAt: number; sessionName: string; ofGlobalEndpoint?: boolean }): StoredKey & { sessionToken: string; expiresAt: number };
  /** Keys of a principal that is gone stop working at once. */
  removeOf(principalArn: string): void;
  snapshot(): StoredKey[];
  restore(keys: StoredKey[]): void;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const pruneAbove = 512;

export function createAccessKeys(random: Random, now: () => number): AccessKeys {
  const keys = new Map<string, StoredKey>();

  const letters = (count: number): string => Array.from({ length: count }, () => alphabet[random.below(alphabet.length)]).join('');

  function store<Key extends StoredKey>(key: Key): Key {
    if (keys.size > pruneAbove) prune();
    keys.set(key.accessKeyId, key);
    return key;
  }

  /** Expired keys are kept for an hour, so that their user is told "expired" rather than "unknown". */
  function prune(): void {
    const limit = now() - 3_600_000;
    for (const [id, key] of keys) if (key.expiresAt !== undefined && key.expiresAt < limit) keys.delete(id);
  }

  return {
    find: (accessKeyId) => keys.get(accessKeyId),
    addLongLived: (principalArn) => store({ accessKeyId: `AKIASANDBOX${letters(9)}`, secretAccessKey: random.hex(40), principalArn, origin: 'operator' }),
    addTemporary: (key) => store({ accessKeyId: `ASIASANDBOX${letters(9)}`, secretAccessKey: random.hex(40), sessionToken: `sandbox-session-${random.hex(64)}`, ...key }),
    removeOf: (principalArn) => { for (const [id, key] of keys) if (key.principalArn === principalArn) keys.delete(id); },
    snapshot: () => [...keys.values()],
    restore: (stored) => {
      keys.clear();
      for (const key of stored) keys.set(key.accessKeyId, key);
    },
  };
}
