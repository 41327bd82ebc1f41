import os from 'node:os';
import path from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The folder of deployment files: one `<name>.json` a deployment (XDG Base Directory Specification). */
export function configDirectory(env: Environment): string {
  return path.join(absolute(env['XDG_CONFIG_HOME']) ?? path.join(homeDirectory(env), '.config'), 'batchctl');
}

/** Where journals, sandboxes and other state lie that a user would miss if it were gone. */
export function stateDirectory(env: Environment): string {
  return path.join(absolute(env['XDG_STATE_HOME']) ?? path.join(homeDirectory(env), '.local', 'state'), 'batchctl');
}

export function deploymentFile(directory: string, name: string): string {
  return path.join(directory, `${name}.json`);
}

function homeDirectory(env: Environment): string {
  return absolute(env['HOME']) ?? os.homedir();
}

/** The specification says that relative values are to be ignored. */
function absolute(value: string | undefined): string | undefined {
  return value !== undefined && path.isAbsolute(value) ? value : undefined;
}
