import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setPolicy } from './policy.js';
import type { ErrorDocument, MoveDocument, StatusDocument } from './documents.js';
import { createOperator, type Operator } from './operator.js';
import { eventually, home, standby } from './scene.js';

const waiting = { timeout: 120_000 };

/** Whoever acts, and from whatever machine: before anything is changed it is known whether they may. */
describe('who moves a pipeline, and from where', () => {
  let operator: Operator;
  beforeAll(async () => {
    operator = await createOperator();
    await operator.startSandbox();
    // How slow a loaded test machine answers is not what is looked at here.
    await setPolicy(operator, { probeTimeoutSeconds: 30, probeSlowMs: 60_000 });
  });
  afterAll(() => operator?.leave());

  const deployment = (): Promise<string> => readFile(path.join(operator.home, 'config/batchctl/sandbox.json'), 'utf8');
  const untouched = async (): Promise<void> => {
    const { routing, operation } = await operator.document<StatusDocument & { operation: unknown }>(['status']);
    expect([routing.epoch, routing.phase, routing.activeRegion, operation]).toEqual([1, 'active', home, null]);
  };
  const move = ['failover', '--to', standby, '--mode', 'graceful', '--yes', '--acknowledge', 'recent-move,unsettled-target'];
  const fit = (): Promise<unknown> => eventually('a target that is fit', async () => {
    const { recommendation } = await operator.document<StatusDocument>(['assess', '--to', standby, '--mode', 'graceful']).catch(() => ({ recommendation: { verdict: '' } }));
    return recommendation.verdict === 'GO' || undefined;
  }, 90_000);

  it('not the observer role, which ends with 4 before anything is changed', waiting, async () => {
    await fit();
    const { environment } = await operator.document<{ environment: Record<string, string> }>(['sandbox', 'env', '--role', 'observer', '--dir', operator.sandbox]);
    const ended = await operator.run([...move, '-o', 'json'], { env: environment });
    expect(ended.exitCode, ended.stdout).toBe(4);
    expect((JSON.parse(ended.stdout) as ErrorDocument).error).toMatchObject({ code: 'OBSERVER_ROLE', nextSteps: [expect.stringContaining('role/batchctl')] });
    await untouched();
  });

  it('not with the file of a deployment in another account', waiting, async () => {
    const file = await operator.write('other-account.json', (await deployment()).replaceAll('111122223333', '999999999999').replaceAll('-999999999999-', '-111122223333-'));
    const ended = await operator.run(['submit', '-', '--key', 'x.csv', '--no-validate', '--config', file, '-o', 'json'], { input: 'x' });
    expect(ended.exitCode, ended.stdout).toBe(4);
    expect((JSON.parse(ended.stdout) as ErrorDocument).error).toMatchObject({ code: 'WRONG_ACCOUNT', message: expect.stringContaining('111122223333') as string });
    await untouched();
  });

  it('also while no STS answers, and on a machine that cannot write a thing: both are said', waiting, async () => {
    const described = JSON.parse(await deployment()) as { transport: { connectTo: { host: string; port: number }[] } };
    // Port 9 discards, and nobody listens there.
    described.transport.connectTo.unshift({ host: '^sts\\.', port: 9 });
    const file = await operator.write('no-sts.json', JSON.stringify(described));
    const noFolder = await operator.write('a-file-and-no-folder', '');
    await fit();
    const ended = await operator.run([...move, '--config', file, '-o', 'json'], { env: { XDG_STATE_HOME: noFolder } });
    expect(ended.exitCode, ended.stdout + ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout) as MoveDocument).toMatchObject({ outcome: 'done', to: standby, epoch: 2 });
    expect(ended.stderr).toContain('warning: whose credentials these are could not be checked');
    expect(ended.stderr).toContain('warning: this machine\'s copy of the journal cannot be written (ENOTDIR');
    expect(ended.stderr).toMatch(/this machine's journals cannot be read \(ENOTDIR: .*the ledger's are enough/);
    const { operations } = await operator.document<{ operations: { outcome: string }[] }>(['history']);
    expect(operations).toEqual([expect.objectContaining({ outcome: 'done' })]);
  });
});
