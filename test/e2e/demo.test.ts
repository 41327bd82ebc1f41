import { afterAll, beforeAll, expect, it } from 'vitest';
import { createOperator, type Operator } from './operator.js';

let operator: Operator;
beforeAll(async () => { operator = await createOperator(); });
afterAll(async () => { await operator.leave(); }, 60_000);

it('the demo tells the whole story and everything in it is as it must be', async () => {
  const ran = await operator.run(['demo']);
  expect(ran.stdout, ran.stderr).toMatch(/✔ \d+ checks, all as they must be/);
  expect(ran.exitCode).toBe(0);
  for (const part of ['executions running', 'is gone', '✖ impaired', 'failover to us-west-2   ✔ GO', 'fence', 'flip-routing-controls', 'flip-traffic-dials', 'are kept', 'equal an independent computation', 'comes back', 'Failback to us-east-1', 'no e-mail is sent twice']) expect(ran.stdout).toContain(part);
  // It leaves nothing of itself in the operator's configuration.
  expect((await operator.run(['status'])).stderr).toContain('[CONFIG_MISSING]');
}, 240_000);
