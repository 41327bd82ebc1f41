import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { functionNames } from './names.js';

/** Where the bundle of a function lies under `root` (`.ci/build.mjs` puts one folder a function there). */
export function codePath(root: string, name: string): string {
  return path.join(root, name);
}

/**
 * A digest of everything that runs in a Region: the bundles and the definition of the state machine. Both Regions stamp
 * it into the ledger, and a difference shows that they do not run the same code.
 */
export function codeVersion(root: string, definition: object): string {
  const hash = createHash('sha256').update(JSON.stringify(definition));
  for (const name of functionNames) {
    const folder = codePath(root, name);
    if (!existsSync(folder)) throw new Error(`the function ${name} is not built: ${folder} is missing`);
    for (const file of readdirSync(folder).sort()) hash.update(`${name}/${file}`).update(readFileSync(path.join(folder, file)));
  }
  return hash.digest('hex').slice(0, 12);
}
