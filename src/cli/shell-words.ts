import type { GlobalFlags } from './global-flags.js';

/** How a command line begins that means the same deployment as this one. */
export function commandWords({ deployment, config }: Pick<GlobalFlags, 'deployment' | 'config'>): string[] {
  return ['batchctl', ...(deployment === undefined ? [] : ['-d', deployment]), ...(config === undefined ? [] : ['--config', config])];
}

/** Words as a shell reads them back, whatever is in them. */
export function shellWords(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
