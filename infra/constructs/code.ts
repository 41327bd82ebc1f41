import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { functionNames } from './names.js';

/** Where the bundle of a function lies under `root`. @throws when `.ci/build.mjs` has not put one there. */
export function codePath(root: string, name: string): string {
  const folder = path.join(root, name);
  if (!existsSync(folder)) throw new Error(`the function ${name} is not built (node .ci/build.mjs functions): ${folder} is missing`);
  return folder;
}

/**
 * A digest of everything that runs in a Region: the bundles and the definition of the state machine. Both Regions stamp
 * it into the ledger, and a difference shows that they do not run the same code.
 */
export function codeVersion(root: string, definition: object): string {
  const hash = createHash('sha256').update(JSON.stringify(definition));
  for (const name of functionNames) {
    const folder = codePath(root, name);
    for (const file of readdirSync(folder).sort()) hash.update(`${name}/${file}`).update(readFileSync(path.join(folder, file)));
  }
  return hash.digest('hex').slice(0, 12);
}
