import type { GlobalFlags } from '../global-flags.js';
import { commandWords, shellWords } from '../shell-words.js';
import type { SubmitRequest } from './submit.js';

/**
 * The command that goes on after an interrupted `submit`: it finds what was uploaded, uploads what was not, and follows both.
 * Only the same deployment and the same keys make it the same jobs. What was to run again must not be asked to run a third
 * time: `uploaded` tells how many files are known to be in a bucket.
 */
export function goOnWith(flags: Pick<GlobalFlags, 'deployment' | 'config'>, files: readonly string[], request: SubmitRequest, uploaded: number): string {
  const where = commandWords(flags);
  // What came in through a pipe is gone.
  if (files.includes('-')) return shellWords([...where, 'jobs']);
  return shellWords([
    ...where, 'submit',
    ...files.map((file) => (file.startsWith('-') ? `./${file}` : file)),
    ...(request.key === undefined ? [] : ['--key', request.key]),
    ...(request.validate ? [] : ['--no-validate']),
    ...(request.durability === 'accepted' ? [] : ['--durability', request.durability]),
    ...(request.again === true && uploaded === 0 ? ['--again'] : []),
    '--wait',
  ]);
}
