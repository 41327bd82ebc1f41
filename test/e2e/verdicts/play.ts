import { expect } from 'vitest';
import type { FaultSituation } from './situations.js';
import { ask, type Theatre } from './theatre.js';

/** Makes the situation, asks `status` and `assess`, and holds both against what is expected. Gives how long `status` took. */
export async function play(theatre: Theatre, situation: FaultSituation): Promise<number> {
  await theatre.reset();
  await situation.break(theatre);
  const { status, assess, seconds } = await ask(theatre.operator, situation.env);
  for (const [who, verdict] of Object.entries({ status, assess })) {
    const { action, to, verdict: said, reasons, blockers, warnings, acknowledge } = verdict.recommendation;
    const text = [...reasons, ...blockers, ...warnings].join('\n');
    const signals = Object.entries(verdict.regions).flatMap(([region, each]) => each.signals.filter((signal) => signal.level !== 'ok').map((signal) => `${region} ${signal.level} ${signal.name}: ${signal.why}`)).join('\n');
    const context = `${who} said:\n${text}\n${signals}`;
    expect({ action, verdict: said }, context).toEqual({ action: situation.action, verdict: situation.verdict });
    if (situation.to !== undefined) expect(to, context).toBe(situation.to);
    for (const [region, health] of Object.entries(situation.health ?? {})) expect(verdict.regions[region]?.health, context).toBe(health);
    for (const pattern of situation.says ?? []) expect(text, context).toMatch(pattern);
    if (situation.acknowledge) expect(acknowledge.map((each) => each.name)).toEqual(situation.acknowledge);
    situation.check?.(verdict, theatre);
  }
  return seconds;
}
