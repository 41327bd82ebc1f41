import { describe, expect, it } from 'vitest';
import { openQuestions, parseAcknowledgements, refuseUnasked } from '../../src/workflow/consent.js';
import type { Plan } from '../../src/core/operation.js';

function plan(changes: { mode: 'graceful' | 'ungraceful'; parked?: number; countable?: boolean }): Plan {
  const parked = changes.parked ?? 0;
  return {
    mode: changes.mode,
    to: 'us-west-2',
    park: Array.from({ length: parked }, (_, index) => ({ jobId: String(index), key: `input/${index}`, versionId: 'v', why: 'absent' })),
    rpo: { objects: changes.countable === false ? null : parked, bytes: 0, seconds: 0, keys: [] },
  } as unknown as Plan;
}

describe('what is asked before a move', () => {
  it.each([
    ['graceful, nothing said', plan({ mode: 'graceful' }), { yes: false }, { region: true, loss: false }],
    ['graceful, --yes', plan({ mode: 'graceful' }), { yes: true }, { region: false, loss: false }],
    ['graceful, --confirm', plan({ mode: 'graceful' }), { yes: false, confirm: 'us-west-2' }, { region: false, loss: false }],
    ['ungraceful, nothing said', plan({ mode: 'ungraceful' }), { yes: false }, { region: true, loss: false }],
    ['ungraceful, nothing said, two left behind', plan({ mode: 'ungraceful', parked: 2 }), { yes: false }, { region: true, loss: true }],
    ['ungraceful, --yes alone', plan({ mode: 'ungraceful' }), { yes: true }, { region: true, loss: true }],
    ['ungraceful, --confirm alone', plan({ mode: 'ungraceful' }), { yes: false, confirm: 'us-west-2' }, { region: true, loss: false }],
    ['ungraceful, --yes --confirm', plan({ mode: 'ungraceful', parked: 1 }), { yes: true, confirm: 'us-west-2' }, { region: false, loss: true }],
    ['ungraceful, everything said', plan({ mode: 'ungraceful', parked: 2 }), { yes: true, confirm: 'us-west-2', acceptDataLoss: '2' }, { region: false, loss: false }],
    ['ungraceful, the unknown accepted', plan({ mode: 'ungraceful', countable: false }), { yes: true, confirm: 'us-west-2', acceptDataLoss: 'unknown' }, { region: false, loss: false }],
  ])('%s', (_, made, consent, questions) => {
    expect(openQuestions(made, consent)).toEqual({ ...questions, acknowledge: [] });
  });

  it.each([
    ['another Region confirmed', plan({ mode: 'ungraceful' }), { yes: true, confirm: 'us-east-1', acceptDataLoss: '0' }, 'CONFIRMATION_MISMATCH', 3],
    ['less loss accepted than there is', plan({ mode: 'ungraceful', parked: 2 }), { yes: true, confirm: 'us-west-2', acceptDataLoss: '0' }, 'DATA_LOSS_MISMATCH', 3],
    ['more loss accepted than there is', plan({ mode: 'ungraceful' }), { yes: true, confirm: 'us-west-2', acceptDataLoss: '9' }, 'DATA_LOSS_MISMATCH', 3],
    ['a number for the uncountable', plan({ mode: 'ungraceful', countable: false }), { yes: true, confirm: 'us-west-2', acceptDataLoss: '0' }, 'DATA_LOSS_MISMATCH', 3],
    ['no number at all', plan({ mode: 'ungraceful' }), { yes: true, acceptDataLoss: 'some' }, 'USAGE', 2],
  ])('refuses %s', (_, made, consent, code, exitCode) => {
    expect(() => openQuestions(made, consent)).toThrowError(expect.objectContaining({ code, exitCode }));
  });

  it('names the flags that a script has to add', () => {
    expect(() => refuseUnasked(plan({ mode: 'ungraceful', parked: 3 }), { yes: true })).toThrowError(expect.objectContaining({
      code: 'CONFIRMATION_NEEDED', exitCode: 3, details: { flags: ['--confirm us-west-2', '--accept-data-loss 3'] },
    }));
    expect(() => refuseUnasked(plan({ mode: 'graceful' }), { yes: false })).toThrowError(expect.objectContaining({ details: { flags: ['--yes'] } }));
  });

  describe('what has to be acknowledged by name', () => {
    const recent = { name: 'recent-move' as const, why: 'the pipeline moved 10 min ago' };
    const unsettled = { name: 'unsettled-target' as const, why: 'us-west-2 has been clean for 5 min' };
    const made = (mode: 'graceful' | 'ungraceful', epochAfter = 2): Plan => ({ ...plan({ mode }), epochBefore: 1, epochAfter, recommendation: { acknowledge: [recent, unsettled] } }) as unknown as Plan;

    it('is not answered by --yes', () => {
      expect(openQuestions(made('graceful'), { yes: true })).toEqual({ region: false, loss: false, acknowledge: [recent, unsettled] });
      expect(() => refuseUnasked(made('graceful'), { yes: true, acknowledged: ['recent-move'] })).toThrowError(expect.objectContaining({
        code: 'ACKNOWLEDGEMENT_NEEDED', exitCode: 3, message: expect.stringContaining('clean for 5 min') as string, details: { flags: ['--acknowledge unsettled-target'] },
      }));
    });

    it('is answered by naming it, and by nothing less', () => {
      expect(openQuestions(made('ungraceful'), { yes: true, confirm: 'us-west-2', acceptDataLoss: '0', acknowledged: ['recent-move'] }).acknowledge).toEqual([unsettled]);
      expect(openQuestions(made('ungraceful'), { yes: true, confirm: 'us-west-2', acceptDataLoss: '0', acknowledged: ['recent-move', 'unsettled-target'] }).acknowledge).toEqual([]);
    });

    it('is no question for a repair: that move was begun already', () => {
      expect(openQuestions(made('graceful', 1), { yes: true }).acknowledge).toEqual([]);
    });

    it('knows its names', () => {
      expect(parseAcknowledgements('recent-move, unsettled-target')).toEqual(['recent-move', 'unsettled-target']);
      expect(() => parseAcknowledgements('everything')).toThrowError(expect.objectContaining({ code: 'USAGE', exitCode: 2 }));
    });
  });
});
