import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOperator, type Operator } from './operator.js';
import { changeDeployment } from './policy.js';

interface Finding { check: string; level: string; subject: string; detail: string; fix: string | null }
interface Doctor { schemaVersion: number; deployment: string; counts: Record<string, number>; findings: Finding[] }
interface History { schemaVersion: number; operations: { operationId: string; kind: string; from: string; to: string; outcome: string; rtoSeconds: number | null; reason: string | null }[] }
interface Drill { schemaVersion: number; ok: boolean; report: string; scenarios: { scenario: string; ok: boolean; rto: { seconds: number; met: boolean }; rpo: { met: boolean }; earlier: { runs: number }; checks: { name: string; ok: boolean; detail: string }[] }[] }
interface Report { schemaVersion: number; operationId: string; kind: string; phases: { name: string; seconds: number | null }[]; rto: { seconds: number | null; met: boolean | null }; evidence: { regions: Record<string, { signals: unknown[] }> } | null; missing: { known: boolean; value?: unknown[] } }

let operator: Operator;
beforeAll(async () => {
  operator = await createOperator();
  await operator.startSandbox();
});
afterAll(async () => { await operator.leave(); });

describe('before anything has moved', () => {
  it('history is empty, and there is nothing to report', async () => {
    expect(await operator.document<History>(['history'])).toMatchObject({ schemaVersion: 1, operations: [] });
    expect((await operator.run(['history'])).stdout).toBe('No operation yet.\n');
    expect(await operator.document(['report'], 1)).toMatchObject({ error: { code: 'NO_OPERATION' } });
    expect(await operator.document(['report', 'nonsense'], 1)).toMatchObject({ error: { code: 'OPERATION_UNKNOWN' } });
  });

  it('the doctor finds nothing bad, and says what to do about the rest', async () => {
    const { findings, counts, ...rest } = await operator.document<Doctor>(['doctor']);
    expect(rest).toMatchObject({ schemaVersion: 1, deployment: 'sandbox' });
    expect(findings.filter((finding) => finding.level === 'bad')).toEqual([]);
    expect(counts['bad']).toBe(0);
    for (const check of ['credentials', 'clock', 'arc-endpoints', 'permissions', 'deployment-file', 'code-version', 'replication', 'quotas', 'mail', 'drill']) expect(findings.map((finding) => finding.check)).toContain(check);
    for (const finding of findings) expect(finding.fix === null).toBe(finding.level === 'ok');
    expect(findings.filter((finding) => finding.check === 'credentials').every((finding) => finding.level === 'ok')).toBe(true);
    expect(findings.find((finding) => finding.check === 'drill')).toMatchObject({ level: 'warn', fix: expect.stringContaining('batchctl -d sandbox drill') });
  });

  it('the doctor sees an ARC endpoint that is down, and a file that is out of date', async () => {
    await operator.fault('arc-endpoint', 'eu-west-1', 'down');
    const { findings } = await operator.document<Doctor>(['doctor']);
    expect(findings).toContainEqual(expect.objectContaining({ check: 'arc-endpoints', level: 'unknown', subject: 'eu-west-1' }));
    expect(findings).toContainEqual(expect.objectContaining({ check: 'arc-endpoints', level: 'ok', detail: '4 of 5 answer' }));
    await operator.fault('clear');
    const described = JSON.parse((await operator.read('../config/batchctl/sandbox.json')).toString()) as Record<string, unknown>;
    const file = await operator.write('old.json', JSON.stringify({ ...described, referenceTable: 'another' }));
    const ended = await operator.run(['doctor', '--config', file]);
    expect(ended.exitCode).toBe(1);
    expect(ended.stdout).toContain('the file differs in referenceTable');
    expect(ended.stdout).toContain('→ Write it anew: batchctl init --from-ssm us-east-1 --name sandbox');
    expect(await operator.document(['init', '--from-ssm', 'us-east-1', '--name', 'sandbox'])).toMatchObject({ deployment: 'sandbox', epoch: 1, activeRegion: 'us-east-1' });
    expect(JSON.parse((await operator.read('../config/batchctl/sandbox.json')).toString())).toEqual(described);
  });
});

describe('credentials that have expired', () => {
  it.each([['status'], ['plan', 'failover', '--to', 'us-west-2'], ['failover', '--to', 'us-west-2', '--yes']])('%s says so, and shows no outage', async (...words) => {
    await operator.fault('credentials', 'operator', 'expired');
    const ended = await operator.run(words);
    await operator.fault('credentials', 'operator', 'ok');
    expect(ended).toMatchObject({ exitCode: 4, stdout: '', stderr: expect.stringMatching(/AWS refuses the credentials of this host in every Region[^]*Sign in again/) });
  });
});

describe('the doctor, asked with credentials that have expired', () => {
  it('says so first, and ends with 4', async () => {
    await operator.fault('credentials', 'operator', 'expired');
    const { findings } = await operator.document<Doctor>(['doctor'], 4);
    await operator.fault('credentials', 'operator', 'ok');
    expect(findings.filter((finding) => finding.check === 'credentials' && finding.level === 'bad').map((finding) => finding.detail).join()).toMatch(/AWS refuses them/);
    expect(JSON.stringify(findings)).not.toContain('AggregateError');
  });
});

describe('a drill', () => {
  it('moves there and back with the steps of the user\'s own, measures, and leaves routing as it was', async () => {
    await changeDeployment(operator, () => ({ extensionPoints: [{ name: 'look', when: 'before', function: 'batchctl-observe', on: ['drill'], expectedSeconds: 5 }] }));
    const drilled = await operator.document<Drill>(['-d', 'sandbox', 'drill', '--scenario', 'planned-move', '--dir', operator.sandbox]);
    await changeDeployment(operator, () => ({ extensionPoints: undefined }));
    expect(drilled.scenarios[0]?.checks.filter((check) => !check.ok)).toEqual([]);
    expect(drilled).toMatchObject({ schemaVersion: 1, ok: true, scenarios: [{ scenario: 'planned-move', ok: true, rto: { met: true }, rpo: { met: true }, earlier: { runs: 0 } }] });
    expect(await operator.document(['status'])).toMatchObject({ routing: { epoch: 3, activeRegion: 'us-east-1', phase: 'active', drift: [] } });
    expect(await readdir(path.dirname(drilled.report))).toEqual(expect.arrayContaining(['results.ndjson', path.basename(drilled.report)]));
  }, 120_000);

  it('refuses to start from a broken pair, and to guess what is meant', async () => {
    await operator.fault('region', 'us-west-2', 'down');
    expect(await operator.document(['-d', 'sandbox', 'drill', '--dir', operator.sandbox], 3)).toMatchObject({ error: { code: 'SANDBOX_BROKEN' } });
    await operator.fault('clear');
    expect(await operator.document(['drill', '--all', '--scenario', 'region-dead'], 2)).toMatchObject({ error: { code: 'USAGE' } });
    expect(await operator.document(['drill', '--scenario', 'flood'], 2)).toMatchObject({ error: { code: 'USAGE' } });
  });

  it('does not break a real deployment, and does not move one unasked', async () => {
    const described = JSON.parse((await operator.read('../config/batchctl/sandbox.json')).toString()) as Record<string, unknown>;
    const { transport: _transport, ...real } = described;
    const file = await operator.write('real.json', JSON.stringify({ ...real, name: 'production', credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' } }));
    expect(await operator.document(['--config', file, 'drill', '--scenario', 'region-dead'], 3)).toMatchObject({ error: { code: 'DRILL_ON_SANDBOX_ONLY' } });
  });
});

describe('afterwards', () => {
  it('history names both moves of the drill, newest first', async () => {
    const { operations } = await operator.document<History>(['history']);
    expect(operations).toMatchObject([
      { kind: 'drill', from: 'us-west-2', to: 'us-east-1', outcome: 'done', reason: 'drill: planned-move, the way back' },
      { kind: 'drill', from: 'us-east-1', to: 'us-west-2', outcome: 'done', reason: 'drill: planned-move' },
    ]);
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    expect((await operator.run(['history', '--since', tomorrow])).stdout).toBe('No operation yet.\n');
    const human = (await operator.run(['history'])).stdout;
    expect(human).toContain(`→ batchctl report ${operations[0]?.operationId}`);
  });

  it('a report can be had in three forms', async () => {
    const [, there] = (await operator.document<History>(['history'])).operations;
    const id = there?.operationId ?? '';
    const report = await operator.document<Report>(['report', id]);
    expect(report).toMatchObject({ schemaVersion: 1, operationId: id, kind: 'drill', rto: { met: true }, missing: { known: true, value: [] } });
    expect(report.phases.map((phase) => phase.name)).toEqual(['detect', 'decide', 'move', 'verify']);
    expect(report.evidence?.regions['us-east-1']?.signals.length).toBeGreaterThan(5);
    expect(JSON.parse((await operator.run(['report', id, '--format', 'json'])).stdout)).toMatchObject({ schemaVersion: 1, operationId: id });
    const { stdout: told } = await operator.run(['report', id]);
    expect(told).toMatch(/^# Drill of sandbox: us-east-1 → us-west-2\n/);
    expect(told).toContain('extension:look: done');

    const written = await operator.document<{ file: string }>(['report', id, '--format', 'html', '--out', 'report.html']);
    expect(path.basename(written.file)).toBe('report.html');
    const html = (await operator.read('report.html')).toString();
    expect(html).toMatch(/^<!doctype html>\n/);
    expect(html).not.toMatch(/<script|<link|<img|https?:/);
    expect(html).toContain(id);
  });

  it('auditors get all of them', async () => {
    const audit = await operator.document<{ reports: Report[] }>(['report', '--since', '1d']);
    expect(audit.reports.map((report) => report.kind)).toEqual(['drill', 'drill']);
    expect((await operator.run(['report', '--since', '1d'])).stdout).toContain('# Operations of sandbox since');
    expect(await operator.document(['report', 'x', '--since', '1d'], 2)).toMatchObject({ error: { code: 'USAGE' } });
    expect(await operator.document(['report', '--since', 'yesterday'], 2)).toMatchObject({ error: { code: 'USAGE' } });
  });

  it('the doctor knows of the rehearsal', async () => {
    const { findings } = await operator.document<Doctor>(['doctor']);
    expect(findings.find((finding) => finding.check === 'drill')).toMatchObject({ level: 'ok' });
  });
});
