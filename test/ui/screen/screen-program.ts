/**
 * What the pseudo-terminal test runs in a process of its own: the real command context, the real watch and operation
 * screens on the real streams, and made-up looks and events behind them.
 * Usage: screen-program watch | operation
 */
import { createStart } from '../../../src/cli/start.js';
import { showOperation } from '../../../src/cli/live-operation.js';
import { watch } from '../../../src/cli/actions/watch.js';
import { resultOf } from '../../../src/core/operation-fold.js';
import type { OperationEvent } from '../../../src/core/operation.js';
import { statusView } from '../../../src/ui/views/status.js';
import { policy } from '../../core/situation.js';
import { darkLook, quietLook } from './sample-looks.js';
import { sampleEnd, sampleEvents, samplePlan, viewAfter } from './sample-operation.js';

let exitCode = 0;
const start = createStart({
  env: process.env,
  streams: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
  signals: process,
  leaveNow: () => process.exit(6),
  finished: (code) => { exitCode = code; },
});

const flags = process.argv[3] ? { output: process.argv[3] } : {};
await start(flags, async (context) => {
  if (process.argv[2] === 'watch') {
    let looks = 0;
    const last = await watch(context, {
      deployment: 'orders', intervalMs: 150, screenReader: false,
      look: () => {
        looks += 1;
        const data = looks > 6 ? darkLook() : quietLook();
        data.snapshot.observedAt = new Date().toISOString();
        return Promise.resolve(data);
      },
    });
    if (last && context.output.format !== 'human') context.output.result(last, statusView({ allSignals: true }));
    return 0;
  }
  const plan = samplePlan();
  const happened: OperationEvent[] = [];
  const shift = Date.now() - Date.parse(sampleEvents(plan)[0]?.at ?? '');
  const result = await showOperation(context, { plan, rtoTargetSeconds: policy.rtoTargetSeconds }, async ({ onEvent }) => {
    for (const event of [...sampleEvents(plan), ...sampleEnd(plan)]) {
      if (context.signal.aborted) break;
      const shifted = { ...event, at: new Date(Date.parse(event.at) + shift).toISOString() };
      happened.push(shifted);
      onEvent(shifted);
      await context.clock.sleep(event.type === 'step-progress' ? 300 : 25);
    }
    const end = { outcome: context.signal.aborted ? 'interrupted' as const : 'done_with_exceptions' as const, at: new Date().toISOString(), epoch: 2, nextSteps: [], refusedCommits: [] };
    return resultOf(viewAfter(happened), end);
  });
  context.output.result(result, () => [`outcome ${result.outcome}`]);
  return result.outcome === 'interrupted' ? 6 : 7;
});
process.exitCode = exitCode;
