import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { Template } from '../../../src/sandbox/deploy/template.js';

export interface TestStack {
  region: string;
  template: Template;
  dependencies?: string[];
  account?: string;
  parameters?: Record<string, string>;
}

export interface TestAsset {
  key: string;
  files: Record<string, string>;
}

const written: string[] = [];
// Registered in whichever test file imports this.
afterAll(async () => { await Promise.all(written.map((folder) => rm(folder, { recursive: true, force: true }))); });

/** Writes a cloud assembly as `cdk synth` lays it out, and returns its folder, which goes when the tests end. */
export async function writeAssembly(stacks: Record<string, TestStack>, assets: TestAsset[] = []): Promise<string> {
  const target = await mkdtemp(path.join(tmpdir(), 'assembly-'));
  written.push(target);
  const artifacts: Record<string, unknown> = {};
  for (const [name, stack] of Object.entries(stacks)) {
    await writeFile(path.join(target, `${name}.template.json`), JSON.stringify(stack.template));
    artifacts[name] = {
      type: 'aws:cloudformation:stack',
      environment: `aws://${stack.account ?? '111122223333'}/${stack.region}`,
      properties: { templateFile: `${name}.template.json`, parameters: stack.parameters },
      dependencies: stack.dependencies ?? [],
    };
  }
  const files: Record<string, unknown> = {};
  for (const asset of assets) {
    const name = `asset.${asset.key}`;
    await mkdir(path.join(target, name), { recursive: true });
    for (const [file, text] of Object.entries(asset.files)) await writeFile(path.join(target, name, file), text);
    files[asset.key] = { source: { path: name, packaging: 'zip' }, destinations: { here: { bucketName: 'assets', objectKey: `${asset.key}.zip` } } };
  }
  await writeFile(path.join(target, 'all.assets.json'), JSON.stringify({ files, dockerImages: {} }));
  artifacts['all.assets'] = { type: 'cdk:asset-manifest', properties: { file: 'all.assets.json' } };
  await writeFile(path.join(target, 'manifest.json'), JSON.stringify({ version: '55.0.0', artifacts }));
  return target;
}
