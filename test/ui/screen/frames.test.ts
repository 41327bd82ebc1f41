import { describe, expect, it } from 'vitest';
import { watchModel, type WatchData } from '../../../src/ui/screen/model/watch-model.js';
import { firstState, type WatchState } from '../../../src/ui/screen/model/watch-state.js';
import { operationScreen, type OperationScreenInput } from '../../../src/ui/screen/model/operation-screen.js';
import { watchScreen, type ScreenSize } from '../../../src/ui/screen/model/watch-screen.js';
import type { Line } from '../../../src/ui/screen/model/spans.js';
import { paintLine } from '../../../src/ui/screen/paint.js';
import { createTheme } from '../../../src/ui/theme.js';
import { darkLook, driftedLook, historyBefore, noLedgerLook, nowMs, quietLook, stuckLook } from './sample-looks.js';
import { sampleEnd, sampleEvents, samplePlan, viewAfter } from './sample-operation.js';

const sizes: ScreenSize[] = [{ columns: 80, rows: 24 }, { columns: 120, rows: 40 }];

/** Golden frames, without colours as they are and with colours as `␛[…m`, so that a diff can be read. */
async function matchesGolden(name: string, draw: (size: ScreenSize) => Line[]): Promise<void> {
  for (const size of sizes) {
    for (const colour of [false, true]) {
      const rows = draw(size).map((row) => paintLine(row, createTheme(colour), size.columns));
      const file = `frames/${name}-${size.columns}x${size.rows}${colour ? '-colour' : ''}.txt`;
      await expect(`${rows.join('\n').replaceAll('\u001b', '␛')}\n`).toMatchFileSnapshot(file);
    }
  }
}

function watch(data: WatchData, state: WatchState = firstState, ageSeconds = 2): (size: ScreenSize) => Line[] {
  const model = watchModel(data, historyBefore(data));
  return (size) => watchScreen({ deployment: 'orders', model, state, nowMs: nowMs + ageSeconds * 1000, staleAfterSeconds: 20, keys: true }, size);
}

function operation(input: Pick<OperationScreenInput, 'view'> & Partial<OperationScreenInput>): (size: ScreenSize) => Line[] {
  return (size) => operationScreen({ plan: samplePlan(), nowMs: nowMs + 14_000, rtoTargetSeconds: 300, stopping: false, keys: true, ...input }, size);
}

describe('frames of the live screen', () => {
  it('a quiet day', () => matchesGolden('quiet', watch(quietLook())));
  it('the active Region is dark and two inputs are missing', () => matchesGolden('dark', watch(darkLook())));
  it('the jobs pane with a thousand jobs, drift, and data that has grown old', () => matchesGolden('drift', watch(driftedLook(), { ...firstState, pane: 'jobs', selected: { ...firstState.selected, jobs: 'bulk-0500' } }, 75)));
  it('an operation that was left half way', () => matchesGolden('stuck', watch(stuckLook())));
  it('no replica of the ledger answers', () => matchesGolden('no-ledger', watch(noLedgerLook())));
  it('the detail of a signal', () => matchesGolden('signal', watch(darkLook(), { ...firstState, overlay: { kind: 'signal', pane: 'first', key: 'probe.s3', scroll: 0 } })));
  it('the detail of a failed job', () => matchesGolden('job', watch(darkLook(), { ...firstState, pane: 'jobs', overlay: { kind: 'job', key: 'orders-0490', scroll: 0 } })));
  it('the help', () => matchesGolden('help', watch(quietLook(), { ...firstState, overlay: { kind: 'help', scroll: 0 } })));
});

describe('frames of the operation screen', () => {
  it('before the lock is held', () => matchesGolden('operation-waiting', operation({ view: undefined })));
  it('behind the fence, with steps side by side', () => matchesGolden('operation-running', operation({ view: viewAfter(sampleEvents()) })));
  it('at its end', () => matchesGolden('operation-done', operation({ view: viewAfter([...sampleEvents(), ...sampleEnd()]), keys: false, nowMs: nowMs + 22_000 })));
});
