import { ExitCode } from '../../errors.js';
import type { Destroyed } from '../../sandbox/index.js';
import type { Page } from '../../ui/output.js';
import { printable } from '../../ui/printable.js';
import { plural } from '../../ui/quantities.js';
import { table } from '../../ui/table.js';
import type { CommandContext } from '../context.js';
import { connectToSandbox, sandboxDirectory, withSandboxErrors } from '../sandbox-access.js';

export interface SandboxDestroyDocument extends Destroyed {
  dir: string;
}

/** `cdk destroy --all` for the sandbox. It asks nothing: the data stays unless the templates say otherwise, and nothing of it is real. */
export async function destroyInSandbox(context: CommandContext, request: { dir?: string }): Promise<ExitCode> {
  const client = await connectToSandbox(context, request.dir);
  const { removed, kept } = await withSandboxErrors(() => client.destroy());
  context.output.result({ dir: sandboxDirectory(context, request.dir), removed, kept }, destroyedLines);
  return ExitCode.done;
}

function destroyedLines({ removed, kept }: SandboxDestroyDocument, { theme, columns }: Page): string[] {
  return [
    `${theme.good('✔ destroyed')}  ${plural(removed, 'resource')} removed, ${kept.length === 0 ? 'nothing stays' : `${plural(kept.length, 'resource')} stay:`}`,
    ...(kept.length === 0 ? [] : table([
      { title: 'name', value: (each) => printable(each.name) },
      { title: 'type', value: (each) => each.type },
      { title: 'Region', value: (each) => each.region },
      { title: 'why', value: (each) => each.why, shrinks: true },
    ], kept, { width: columns, paintTitle: theme.faint, indent: '  ' })),
    theme.faint('  Begin anew with: batchctl sandbox reset'),
  ];
}
