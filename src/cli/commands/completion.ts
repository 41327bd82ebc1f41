import { Argument, type Command } from 'commander';
import type { RawGlobalFlags } from '../global-flags.js';
import type { Start } from '../start.js';
import { withExamples } from './examples.js';

export function addCompletion(program: Command, start: Start): void {
  withExamples(program.command('completion'), ['completion bash > ~/.local/share/bash-completion/completions/batchctl', 'completion zsh > ~/.zfunc/_batchctl', 'completion fish > ~/.config/fish/completions/batchctl.fish'])
    .summary('shell completion for bash, zsh or fish')
    .addArgument(new Argument('<shell>', 'bash, zsh or fish').choices(['bash', 'zsh', 'fish']))
    .action((shell: 'bash' | 'zsh' | 'fish', _flags, command: Command) => start(command.optsWithGlobals<RawGlobalFlags>(), async (context) => {
      const { completionScript } = await import('../completion-script.js');
      context.streams.stdout.write(completionScript(shell, program));
      return 0;
    }));
}
