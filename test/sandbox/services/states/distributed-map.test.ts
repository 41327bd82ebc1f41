import { describe, expect, it } from 'vitest';
import { answering } from '../compute/test-world.js';
import { createBench, invoke, outputOf, type Bench } from './machines.js';

class Broken extends Error {
  override name = 'Broken';
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** An S3 of one bucket: what is read from it, and what was written to it. */
function withObjects(bench: Bench, objects: Record<string, string>): Record<string, string> {
  bench.world.register(answering('s3', {
    GetObject: (input) => ({ Body: bytes(objects[String(input['Key'])] ?? '') }),
    PutObject: async (input) => {
      let text = '';
      for await (const chunk of input['Body'] as AsyncIterable<Uint8Array>) text += Buffer.from(chunk).toString();
      objects[String(input['Key'])] = text;
      return {};
    },
  }));
  return objects;
}

function distributed(more: Record<string, unknown> = {}, express = false): Record<string, unknown> {
  return {
    Parts: {
      Type: 'Map',
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: express ? 'EXPRESS' : 'STANDARD' }, StartAt: 'Work', States: { Work: invoke('work') } },
      End: true,
      ...more,
    },
  };
}

const reader = (InputType: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  ItemReader: { Resource: 'arn:aws:states:::s3:getObject', Arguments: { Bucket: 'b', Key: '{% $states.input.key %}' }, ReaderConfig: { InputType, ...more } },
});

interface MapRunView {
  status: string;
  redriveCount: number;
  executionCounts: Record<string, number>;
  itemCounts: Record<string, number>;
}

async function mapRunOf(bench: Bench, executionArn: string): Promise<{ mapRunArn: string; view: MapRunView }> {
  const { mapRuns } = await bench.world.ask<{ mapRuns: { mapRunArn: string }[] }>('states', 'ListMapRuns', { executionArn });
  const mapRunArn = mapRuns.at(-1)?.mapRunArn ?? '';
  return { mapRunArn, view: await bench.world.ask<MapRunView>('states', 'DescribeMapRun', { mapRunArn }) };
}

describe('what a Distributed Map goes over', () => {
  it.each([
    ['JSON', '[1, 2, 3]', {}, [1, 2, 3]],
    ['JSON', '{"parts": {"list": ["a"]}}', { ItemsPointer: '/parts/list' }, ['a']],
    ['JSONL', '{"n":1}\n{"n":2}\n', {}, [{ n: 1 }, { n: 2 }]],
    ['CSV', 'id,name\r\n1,"Ann, ""A"""\r\n2,\n', { CSVHeaderLocation: 'FIRST_ROW' }, [{ id: '1', name: 'Ann, "A"' }, { id: '2', name: '' }]],
    ['CSV', '1|x\n2|y', { CSVHeaderLocation: 'GIVEN', CSVHeaders: ['id', 'v'], CSVDelimiter: 'PIPE', MaxItems: 1 }, [{ id: '1', v: 'x' }]],
  ])('reads %s from S3: %s', async (type, text, configuration, items) => {
    const bench = createBench({ work: (input: unknown) => input });
    withObjects(bench, { list: text });
    const done = await bench.run(distributed(reader(type, configuration)), { key: 'list' });
    expect(outputOf(done)).toEqual(items);
  });

  it('selects and batches items', async () => {
    const bench = createBench({ work: (input: unknown) => input });
    const done = await bench.run(distributed({
      Items: [1, 2, 3], ItemSelector: { n: '{% $states.context.Map.Item.Value %}' }, ItemBatcher: { MaxItemsPerBatch: 2, BatchInput: { run: '{% $states.input.run %}' } },
    }), { run: 'r1' });
    expect(outputOf(done)).toEqual([{ BatchInput: { run: 'r1' }, Items: [{ n: 1 }, { n: 2 }] }, { BatchInput: { run: 'r1' }, Items: [{ n: 3 }] }]);
    const { view } = await mapRunOf(bench, done.executionArn);
    expect(view.executionCounts['total']).toBe(2);
    expect(view.itemCounts).toMatchObject({ total: 3, succeeded: 3 });
  });

  it('fails as States.ItemReaderFailed when the list cannot be read', async () => {
    const bench = createBench();
    withObjects(bench, { list: 'not json' });
    expect(await bench.run(distributed(reader('JSON')), { key: 'list' })).toMatchObject({ status: 'FAILED', error: 'States.ItemReaderFailed' });
  });
});

describe('children', () => {
  it('are executions of their own, listed under their Map Run, at most MaxConcurrency at once', async () => {
    let running = 0;
    let most = 0;
    const bench: Bench = createBench({ work: async () => { running += 1; most = Math.max(most, running); await bench.world.clock.sleep(1_000); running -= 1; } });
    const done = await bench.run(distributed({ Items: [1, 2, 3, 4, 5, 6, 7], MaxConcurrency: 3, Label: 'parts' }));
    expect(done.status).toBe('SUCCEEDED');
    expect(most).toBe(3);
    const { mapRunArn } = await mapRunOf(bench, done.executionArn);
    expect(mapRunArn).toMatch(/^arn:aws:states:us-east-1:111122223333:mapRun:machine-1\/parts:[0-9a-f-]{36}$/);
    await bench.world.clock.advance(2_000);
    const { executions } = await bench.world.ask<{ executions: { executionArn: string; mapRunArn: string; stateMachineArn: string }[] }>('states', 'ListExecutions', { mapRunArn });
    expect(executions).toHaveLength(7);
    expect(executions[0]?.executionArn).toMatch(/:execution:machine-1\/parts:/);
    expect(executions[0]?.stateMachineArn).toMatch(/machine-1\/parts$/);
  });

  it('fail the Map Run beyond the tolerated share, and not up to it', async () => {
    const functions = { work: (item: number) => { if (item < 2) throw new Broken('no'); return item; } };
    const tolerant = await createBench(functions).run(distributed({ Items: [0, 1, 2, 3], ToleratedFailurePercentage: 50 }));
    expect(outputOf(tolerant)).toEqual([2, 3]);
    const strict = await createBench(functions).run(distributed({ Items: [0, 1, 2, 3], ToleratedFailureCount: 1 }));
    expect(strict).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
  });

  it('end with the parent that is stopped', async () => {
    const bench: Bench = createBench({ work: async () => bench.world.clock.sleep(60_000) });
    const arn = await bench.begin(distributed({ Items: [1, 2] }));
    await bench.world.clock.advance(1_000);
    await bench.world.ask('states', 'StopExecution', { executionArn: arn });
    const { view } = await mapRunOf(bench, arn);
    expect(view).toMatchObject({ status: 'ABORTED', executionCounts: { aborted: 2, total: 2 } });
  });

  it.each([false, true])('are redriven through the parent, only those that did not succeed (express: %s)', async (express) => {
    let broken = true;
    const seen: number[] = [];
    const bench = createBench({ work: (item: number) => { seen.push(item); if (item === 1 && broken) throw new Broken('no'); return item * 10; } });
    const failed = await bench.run(distributed({ Items: [0, 1, 2], MaxConcurrency: 1 }, express));
    expect(failed.status).toBe('FAILED');
    broken = false;
    await bench.world.ask('states', 'RedriveExecution', { executionArn: failed.executionArn });
    await bench.world.clock.runUntilIdle(600_000);
    expect(outputOf(await bench.describe(failed.executionArn))).toEqual([0, 10, 20]);
    expect(seen).toEqual([0, 1, 1, 2]);
    const { view } = await mapRunOf(bench, failed.executionArn);
    expect(view).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1, executionCounts: { succeeded: 3, pending: 0 } });
    expect((await bench.history(failed.executionArn)).map((event) => event.type)).toContain('MapRunRedriven');
  });

  it('go on after a restart without running finished ones again', async () => {
    const seen: number[] = [];
    const bench: Bench = createBench({ work: async (item: number) => { seen.push(item); await bench.world.clock.sleep(10_000); return item; } });
    const arn = await bench.begin(distributed({ Items: [0, 1, 2, 3], MaxConcurrency: 2 }));
    await bench.world.clock.advance(15_000);
    await bench.restart();
    await bench.world.clock.runUntilIdle(600_000);
    expect(outputOf(await bench.describe(arn))).toEqual([0, 1, 2, 3]);
    expect(seen).toEqual([0, 1, 2, 3, 2, 3]);
  });
});

describe('the ResultWriter', () => {
  it('writes results and a manifest to S3, and the state gives where', async () => {
    const bench = createBench({ work: (item: number) => { if (item === 2) throw new Broken('two'); return { item }; } });
    const objects = withObjects(bench, {});
    const done = await bench.run(distributed({
      Items: [1, 2], ToleratedFailureCount: 1,
      ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Arguments: { Bucket: 'b', Prefix: 'results' } },
    }));
    const output = outputOf(done) as { MapRunArn: string; ResultWriterDetails: { Bucket: string; Key: string } };
    const manifest = JSON.parse(objects[output.ResultWriterDetails.Key] ?? '') as { ResultFiles: Record<string, { Key: string; Size: number }[]> };
    const successes = JSON.parse(objects[manifest.ResultFiles['SUCCEEDED']?.[0]?.Key ?? ''] ?? '') as { Output: string }[];
    expect(successes.map((result) => result.Output)).toEqual(['{"item":1}']);
    const failures = JSON.parse(objects[manifest.ResultFiles['FAILED']?.[0]?.Key ?? ''] ?? '') as { Error: string }[];
    expect(failures.map((result) => result.Error)).toEqual(['Broken']);
  });
});
