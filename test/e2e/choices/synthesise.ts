import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { repository } from '../operator.js';

/** What `cdk synth -c name=value …` writes, into `folder`. The app is the built one; CDK hands context and folder over as here. */
export async function synthesise(folder: string, choices: Record<string, string>): Promise<string> {
  const { context } = JSON.parse(await readFile(path.join(repository, 'infra/cdk.json'), 'utf8')) as { context: object };
  const env = { ...process.env, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...choices }) };
  await promisify(execFile)(process.execPath, [path.join(repository, 'dist/infra/app.mjs')], { cwd: path.join(repository, 'infra'), env, maxBuffer: 16 * 1024 * 1024 });
  return folder;
}
