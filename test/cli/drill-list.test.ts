import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drillScenarios } from '../../src/core/drill.js';
import { documentSchemas } from '../../src/cli/schemas/all.js';
import type { DrillListDocument } from '../../src/ui/views/drill-list.js';
import { sampleDeployment } from '../config/sample-deployment.js';
import { capture } from './capture.js';

const faultTemplates = [{ name: 'batchctl-functions-fail', summary: 'every call fails', minutes: 30 }, { name: 'batchctl-ledger-isolated', summary: 'the ledger is cut off', minutes: 30 }];
const transport = { connectTo: [{ host: '.*', port: 4700 }] };

let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'batchctl-drill-list-'));
  const write = (name: string, changes: object): Promise<void> => writeFile(path.join(home, `${name}.json`), JSON.stringify(sampleDeployment({ name, ...changes })));
  await write('production', { faultTemplates });
  await write('plain', {});
  await write('played', { transport, faultTemplates });
});
afterAll(async () => { await rm(home, { recursive: true }); });

const run = (...argv: string[]) => capture(argv, { HOME: home, BATCHCTL_CONFIG: home });
async function listed(...argv: string[]): Promise<DrillListDocument> {
  const { stdout, exitCode } = await run(...argv, 'drill', '--list', '-o', 'json');
  expect(exitCode).toBe(0);
  const document = JSON.parse(stdout) as DrillListDocument;
  expect(() => documentSchemas.get('drill')!.parse(document)).not.toThrow();
  return document;
}

describe('drill --list', () => {
  it('offers every scenario on sandboxes, its own or a named one', async () => {
    for (const document of [await listed(), await listed('-d', 'played')]) {
      expect(document.on).toBe('sandbox');
      expect(document.scenarios.map((each) => [each.scenario, each.offered])).toEqual(drillScenarios.map((name) => [name, true]));
      expect(document.experiments).toEqual([]);
    }
  });

  it('offers a real deployment the planned move, and its experiments in either Region', async () => {
    const { deployment, on, scenarios, experiments, commands } = await listed('-d', 'production');
    expect({ deployment, on }).toEqual({ deployment: 'production', on: 'deployment' });
    expect(scenarios.filter((each) => each.offered).map((each) => each.scenario)).toEqual(['planned-move']);
    expect(experiments.map((each) => each.name)).toEqual(['batchctl-functions-fail', 'batchctl-ledger-isolated']);
    for (const { start } of experiments) expect(Object.keys(start)).toEqual(['us-east-1', 'us-west-2']);
    expect(commands['us-west-2']?.stop).toBe('aws fis stop-experiment --region us-west-2 --id ID');
  });

  it('prints commands that a shell runs as they are: the template is looked up by its tag, then started', async () => {
    const [{ start }] = (await listed('-d', 'production')).experiments as unknown as [{ start: Record<string, string> }];
    const bin = path.join(home, 'aws');
    await writeFile(bin, '#!/bin/sh\nif [ "$2" = list-experiment-templates ]; then for word in "$@"; do case "$word" in *tags.Name*) query=$word;; esac; done; [ "$query" = "experimentTemplates[?tags.Name==\'batchctl-functions-fail\'].id" ] && echo EXT123; else echo "$@"; fi\n', { mode: 0o755 });
    const told = execFileSync('sh', ['-c', start['us-west-2'] ?? ''], { env: { PATH: `${home}:${process.env['PATH'] ?? ''}` }, encoding: 'utf8' });
    expect(told.trim()).toBe('fis start-experiment --region us-west-2 --query experiment.id --output text --experiment-template-id EXT123');
  });

  it('shows people whole commands, and says how to get experiments where there are none', async () => {
    const { stdout } = await run('-d', 'production', 'drill', '--list');
    const [{ start }] = (await listed('-d', 'production')).experiments as unknown as [{ start: Record<string, string> }];
    expect(stdout.split('\n').map((line) => line.trim())).toContain(start['us-east-1']);
    expect((await run('-d', 'plain', 'drill', '--list')).stdout).toContain('cdk deploy --all -c chaos=true');
  });

  it('rehearses nothing', async () => {
    expect(await run('drill', '--list', '--all')).toMatchObject({ exitCode: 2 });
  });

  it.each([['production', 'batchctl -d production drill --list'], ['plain', 'cdk deploy --all -c chaos=true']])('is what the refusal to break %s leads to', async (name, step) => {
    const { stdout, stderr, exitCode } = await run('-d', name, 'drill', '--scenario', 'region-dead');
    expect(exitCode).toBe(3);
    expect(stdout + stderr).toContain(step);
  });
});
