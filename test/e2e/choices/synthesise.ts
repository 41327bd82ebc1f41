import { execFile } from 'node:child_process';
import { appendFile, cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { repository } from '../operator.js';

/** What `cdk synth -c name=value …` writes, into `folder`. The app is the built one; CDK hands context and folder over as here. */
export async function synthesise(folder: string, choices: Record<string, string>, app = path.join(repository, 'dist/infra/app.mjs')): Promise<string> {
  const { context } = JSON.parse(await readFile(path.join(repository, 'infra/cdk.json'), 'utf8')) as { context: object };
  const env = { ...process.env, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...choices }) };
  await promisify(execFile)(process.execPath, [app], { cwd: path.join(repository, 'infra'), env, maxBuffer: 16 * 1024 * 1024 });
  return folder;
}

/** The same with other code in every function: as much as a comment, which is enough to make each a new asset and a new code version. */
export async function synthesiseNewCode(folder: string, choices: Record<string, string>): Promise<string> {
  // Inside the repository, because the built app finds aws-cdk-lib by looking upwards; it finds the functions beside itself.
  const built = await mkdtemp(path.join(repository, 'dist/new-code-'));
  try {
    for (const part of ['infra', 'functions']) await cp(path.join(repository, 'dist', part), path.join(built, part), { recursive: true });
    for (const name of await readdir(path.join(built, 'functions'))) await appendFile(path.join(built, 'functions', name, 'index.mjs'), '\n// the next version\n');
    return await synthesise(folder, choices, path.join(built, 'infra/app.mjs'));
  } finally {
    await rm(built, { recursive: true, force: true });
  }
}
