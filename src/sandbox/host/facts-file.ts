import path from 'node:path';
import { readFileIfAny, writeFileAtomically } from './files.js';
import type { SandboxFacts } from './protocol.js';

function factsFile(dir: string): string {
  return path.join(dir, 'sandbox.json');
}

/** Undefined when no sandbox was ever ready in the folder. */
export async function readFacts(dir: string): Promise<SandboxFacts | undefined> {
  const text = await readFileIfAny(factsFile(dir));
  if (text === undefined) return undefined;
  const facts = JSON.parse(text) as SandboxFacts;
  if (facts.schemaVersion !== 1) throw new Error(`${factsFile(dir)} was written by another version of the sandbox`);
  return facts;
}

export async function writeFacts(dir: string, facts: SandboxFacts): Promise<void> {
  await writeFileAtomically(factsFile(dir), `${JSON.stringify(facts, null, 2)}\n`);
}
