import type { GlobalFlags } from '../global-flags.js';
import { commandWords, shellWords } from '../shell-words.js';
import type { SubmitRequest } from './submit.js';

/**
 * The command that goes on after an interrupted `submit`: it finds what was uploaded, uploads what was not, and follows both.
 * Only the same deployment and the same keys make it the same jobs. Where typing it again would not do (what came through a
 * pipe is gone, and what was to run again may run already), the one that shows what is there.
 */
export function goOnWith(flags: Pick<GlobalFlags, 'deployment' | 'config'>, files: readonly string[], request: SubmitRequest): string {
  const where = commandWords(flags);
  if (files.includes('-') || request.again === true) return shellWords([...where, 'jobs']);
  return shellWords([
    ...where, 'submit',
    ...files.map((file) => (file.startsWith('-') ? `./${file}` : file)),
    ...(request.key === undefined ? [] : ['--key', request.key]),
    ...(request.validate ? [] : ['--no-validate']),
    ...(request.durability === 'accepted' ? [] : ['--durability', request.durability]),
    '--wait',
  ]);
}
