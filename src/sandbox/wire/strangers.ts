/** Keys that somebody signed with and that this world never made, such as those of a real account. */
export interface Strangers {
  /** Says once for each key that it was used here; only what is needed to know it again is told. */
  note(accessKeyId: string, service: string): void;
}

const mostTold = 1_000;

export function createStrangers(log: (line: string) => void): Strangers {
  const told = new Set<string>();
  return {
    note(accessKeyId, service) {
      if (told.has(accessKeyId) || told.size >= mostTold) return;
      told.add(accessKeyId);
      const real = /^A[KS]IA[A-Z0-9]{12,}$/.test(accessKeyId) && !accessKeyId.includes('SANDBOX');
      log(`a call to ${service} was signed with ${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)}, which is no key of this sandbox: refused${real ? '. It looks like a key of a real account; the shell or program that sent it has its own and the sandbox\'s settings mixed up' : ''}`);
    },
  };
}
