import type { LocalJournal } from '../workflow/ports.js';

/**
 * This machine's journals where they cannot be read (a home that is not mounted, a file where a folder should be, a disk
 * that fails): said once, and taken for empty, because the ledger's copy is enough. Writing still fails as it does; the
 * operation's own journal tells of that.
 */
export function tolerateUnreadable(journal: LocalJournal, warn: (message: string) => void): LocalJournal {
  let said = false;
  const orElse = async <Found>(look: () => Promise<Found>, nothing: Found): Promise<Found> => {
    try {
      return await look();
    } catch (error) {
      const { code, path } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      if (!said) warn(`this machine's journals cannot be read (${code}${path === undefined ? '' : `: ${path}`}); the ledger's are enough`);
      said = true;
      return nothing;
    }
  };
  return {
    append: (operationId, sequence, event) => journal.append(operationId, sequence, event),
    read: (operationId) => orElse(() => journal.read(operationId), []),
    list: () => orElse(() => journal.list(), []),
    latestUnfinished: () => orElse(() => journal.latestUnfinished(), undefined),
  };
}
