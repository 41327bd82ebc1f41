import { createRequire } from 'node:module';
import jsonata from 'jsonata';
import { describe, expect, it } from 'vitest';
import { jobDefinition } from '../../../infra/workflows/job.js';

const validate = createRequire(import.meta.url)('asl-validator') as (definition: unknown) => { isValid: boolean; errorsText: () => string };
const arn = (name: string): string => `arn:aws:lambda:us-east-1:111122223333:function:batchctl-${name}`;
const definition = jobDefinition({
  bucket: 'bucket',
  functionArns: { split: arn('split'), 'process-part': arn('process-part'), merge: arn('merge'), commit: arn('commit'), notify: arn('notify') },
});

interface Retrier { ErrorEquals: string[]; IntervalSeconds: number; BackoffRate: number; MaxDelaySeconds: number; MaxAttempts: number }
interface Task { Type: string; Retry?: Retrier[]; Catch?: { ErrorEquals: string[]; Next: string; Output: Record<string, unknown> }[]; Next?: string; Output?: unknown }
const states = definition.States as unknown as Record<string, Task>;

/** Evaluates `{% … %}` as Step Functions does: `$states` is a variable. */
async function evaluate(template: unknown, variables: object): Promise<unknown> {
  if (typeof template === 'string') {
    const expression = /^\{%(.*)%\}$/s.exec(template)?.[1];
    return expression === undefined ? template : jsonata(expression).evaluate(undefined, { states: variables });
  }
  if (Array.isArray(template)) return Promise.all(template.map((member) => evaluate(member, variables)));
  if (template === null || typeof template !== 'object') return template;
  return Object.fromEntries(await Promise.all(Object.entries(template).map(async ([name, member]) => [name, await evaluate(member, variables)] as const)));
}

describe('job definition', () => {
  it('is valid Amazon States Language', () => {
    const result = validate(definition);
    expect(result.errorsText()).toBe('');
    expect(result.isValid).toBe(true);
  });

  it('catches nothing before the commit, so that a redrive goes on at the state that failed', () => {
    for (const name of ['Split', 'InlineParts', 'DistributedParts', 'Merge', 'Commit']) expect(states[name]!.Catch, name).toBeUndefined();
    expect(Object.values(states).map((state) => state.Type)).not.toContain('Fail');
  });

  it('does not fail a committed job for its e-mail', () => {
    expect(states.Notify!.Catch).toMatchObject([{ ErrorEquals: ['States.ALL'], Next: 'Succeeded' }]);
  });

  it('never tries input again that cannot succeed', () => {
    for (const name of ['Split', 'Merge']) expect(states[name]!.Retry![0]).toEqual({ ErrorEquals: ['InputRejected'], MaxAttempts: 0 });
  });

  it.each(['Commit'])('tries %s for more than a day, even if jitter halves every delay, and the execution lives longer', (name) => {
    const [retrier] = states[name]!.Retry!;
    let seconds = 0;
    let longest = 0;
    for (let attempt = 0, delay = retrier!.IntervalSeconds; attempt < retrier!.MaxAttempts; attempt += 1, delay = Math.min(delay * retrier!.BackoffRate, retrier!.MaxDelaySeconds)) {
      seconds += delay / 2;
      longest += delay;
    }
    expect(seconds).toBeGreaterThan(24 * 3600);
    expect(definition.TimeoutSeconds).toBeGreaterThan(seconds);
    expect(longest).toBeGreaterThan(seconds);
    // Five events an attempt must stay far below the 25,000 that an execution may have.
    expect(retrier!.MaxAttempts * 5).toBeLessThan(10_000);
  });

  it('hands the results of ten thousand parts over in less than 256 KiB', async () => {
    const processor = (definition.States.DistributedParts as { ItemProcessor: { States: Record<string, Task> } }).ItemProcessor.States.ProcessManifestPart!;
    const one = await evaluate(processor.Output, { result: { Payload: { index: 1, rows: { in: 1 } } } });
    expect(JSON.stringify(Array.from({ length: 10_000 }, () => one)).length).toBeLessThan(256 * 1024);
  });

  it('gives each part with the claim of the execution, and keeps a list of one a list', async () => {
    const inline = definition.States.InlineParts as { Items: string; ItemSelector: unknown; Output: unknown };
    const run = { jobId: 'j', epoch: 2 };
    expect(await evaluate(inline.Items, { input: { parts: [{ index: 0 }] } })).toHaveLength(1);
    expect(await evaluate(inline.ItemSelector, { context: { Execution: { Input: run }, Map: { Item: { Value: { index: 0 } } } } })).toEqual({ run, part: { index: 0 } });
    expect(await evaluate(inline.Output, { input: { partCount: 3, manifestKey: 'm', parts: [] } })).toEqual({ partCount: 3, manifestKey: 'm' });
  });
});
