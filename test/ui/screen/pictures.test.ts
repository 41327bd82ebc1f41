import { expect, it } from 'vitest';
import type { Line } from '../../../src/ui/screen/model/spans.js';
import { operationScreen } from '../../../src/ui/screen/model/operation-screen.js';
import { watchModel } from '../../../src/ui/screen/model/watch-model.js';
import { watchScreen } from '../../../src/ui/screen/model/watch-screen.js';
import { firstState } from '../../../src/ui/screen/model/watch-state.js';
import { openScreen } from '../../../src/ui/screen/open-screen.js';
import { colourTheme } from '../../../src/ui/theme.js';
import { FakeTerminal } from './fake-terminal.js';
import { pictureOf } from './frame-picture.js';
import { darkLook, historyBefore, nowMs, quietLook } from './sample-looks.js';
import { sampleEvents, samplePlan, viewAfter } from './sample-operation.js';

const columns = 110;
const rows = 36;

/** Draws on a terminal as the product does, and makes a picture of what that terminal then shows. */
function captured(compose: (size: { columns: number; rows: number }) => Line[], atMs: number, label: string): string {
  const terminal = new FakeTerminal(columns, rows);
  const screen = openScreen({ terminal, keyboard: null, theme: colourTheme, now: () => new Date(atMs) }, { compose, last: () => [], onKey: () => {} });
  const picture = pictureOf(terminal.emulator.cells(), columns, label);
  screen.close();
  return picture;
}

function watching(data: ReturnType<typeof quietLook>): (size: { columns: number; rows: number }) => Line[] {
  const model = watchModel(data, historyBefore(data));
  return (size) => watchScreen({ deployment: 'orders', model, state: firstState, nowMs: nowMs + 2000, staleAfterSeconds: 20, keys: true }, size);
}

// The README shows these files, so they are goldens too: `npx vitest run -u` makes them anew.
const folder = '../../../src/ui/screen/pictures';

it('the live screen on a quiet day', () => expect(captured(watching(quietLook()), nowMs, 'batchctl status --watch: both Regions healthy')).toMatchFileSnapshot(`${folder}/watch-quiet.svg`));
it('the live screen with a dark Region', () => expect(captured(watching(darkLook()), nowMs, 'batchctl status --watch: the active Region is impaired, failover advised with data risk')).toMatchFileSnapshot(`${folder}/watch-dark.svg`));
it('the operation screen during a failover', () => {
  const view = viewAfter(sampleEvents());
  return expect(captured((size) => operationScreen({ plan: samplePlan(), view, nowMs: nowMs + 14_000, rtoTargetSeconds: 300, stopping: false, keys: true }, { ...size, rows: 22 }), nowMs, 'batchctl failover: steps, RTO clock, point of no return')).toMatchFileSnapshot(`${folder}/failover.svg`);
});
