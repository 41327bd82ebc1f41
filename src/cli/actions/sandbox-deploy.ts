import { ExitCode } from '../../errors.js';
import type { Page } from '../../ui/output.js';
import { printable } from '../../ui/printable.js';
import { plural } from '../../ui/quantities.js';
import type { CommandContext } from '../context.js';
import { connectToSandbox, sandboxDirectory, withSandboxErrors } from '../sandbox-access.js';
import type { InitDocument } from './init.js';
import { assemblyToDeploy, prepareSandbox } from './sandbox-start.js';

export interface SandboxDeployDocument extends InitDocument {
  dir: string;
  /** The folder whose templates run now. */
  assembly: string;
  created: number;
  updated: number;
  unchanged: number;
  removed: number;
}

/** `cdk deploy --all` for the sandbox: new templates and new code under what is running, and then what `init` does. */
export async function deployToSandbox(context: CommandContext, request: { dir?: string; assembly?: string }): Promise<ExitCode> {
  const assembly = assemblyToDeploy(request.assembly);
  const client = await connectToSandbox(context, request.dir);
  const dir = sandboxDirectory(context, request.dir);
  const { created, updated, unchanged, removed } = await withSandboxErrors(() => client.upgrade(assembly));
  const { deployment, file, epoch, activeRegion, set } = await prepareSandbox(context, client, { dir, references: 0 });
  const document: SandboxDeployDocument = { dir, assembly, created, updated, unchanged, removed, deployment, file, epoch, activeRegion, set };
  context.output.result(document, deployedLines);
  return ExitCode.done;
}

function deployedLines(document: SandboxDeployDocument, { theme }: Page): string[] {
  const { created, updated, unchanged, removed } = document;
  return [
    `${theme.good('✔ deployed')}  ${plural(created, 'resource')} made, ${updated} changed, ${removed} removed, ${unchanged} left as they were; ${document.activeRegion} active, epoch ${document.epoch}`,
    theme.faint(`  templates ${printable(document.assembly)}, deployment file ${printable(document.file)}`),
    theme.faint('  What could not be removed is listed by: batchctl sandbox status --unmodelled'),
  ];
}
