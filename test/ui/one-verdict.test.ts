import { describe, expect, it } from 'vitest';
import { assess } from '../../src/core/assess.js';
import type { Recommendation } from '../../src/core/recommendation-types.js';
import { statusDocument } from '../../src/ui/documents/status.js';
import type { Page } from '../../src/ui/output.js';
import { createSignalHistory } from '../../src/ui/screen/model/signal-history.js';
import { textOf } from '../../src/ui/screen/model/spans.js';
import { spokenSummary } from '../../src/ui/screen/model/spoken.js';
import { watchModel } from '../../src/ui/screen/model/watch-model.js';
import { watchScreen } from '../../src/ui/screen/model/watch-screen.js';
import { firstState } from '../../src/ui/screen/model/watch-state.js';
import { plainTheme } from '../../src/ui/theme.js';
import { statusView } from '../../src/ui/views/status.js';
import { now, policy as defaultPolicy, seen } from '../core/situation.js';
import { aboutTheActiveRegion } from '../core/situations-active.js';
import { aboutTheData } from '../core/situations-data.js';
import { aboutMoves } from '../core/situations-moves.js';
import { aboutTheTarget } from '../core/situations-target.js';

/** What a face tells of a recommendation, read back from its text. */
interface Told { action: string; to: string | null; verdict: string }

const verdicts: Record<string, string> = { GO: '✔ GO', GO_WITH_DATA_RISK: '▲ GO WITH DATA RISK', NO_GO: '✖ NO GO', INSUFFICIENT_DATA: '? INSUFFICIENT DATA' };
const marks = Object.values(verdicts).map((mark) => mark.replace('?', '\\?')).join('|');
const page: Page = { theme: plainTheme, columns: 120, now: new Date(now) };

function told(text: string, pattern: RegExp): Told {
  const groups = pattern.exec(text)?.groups;
  if (!groups) throw new Error(`nothing like ${pattern} in:\n${text}`);
  const [verdict = 'none'] = Object.entries(verdicts).find(([name, mark]) => mark === groups['verdict'] || name.replaceAll('_', ' ') === groups['verdict']) ?? [];
  return { action: groups['action'] ?? '', to: groups['to'] ?? null, verdict };
}

/** `stay` names no Region on any face, whatever was asked about. */
const expectedOf = ({ action, to, verdict }: Recommendation): Told => ({ action, to: action === 'stay' ? null : to, verdict });

describe.each([...aboutTheActiveRegion, ...aboutTheTarget, ...aboutTheData, ...aboutMoves])('$name', ({ given, request, policy = defaultPolicy }) => {
  it('is judged the same on every face', () => {
    const snapshot = given();
    const assessment = assess(snapshot, policy, request);
    const expected = expectedOf(assessment.recommendation);

    const document = statusDocument(snapshot, assessment);
    expect(document.recommendation, 'status -o json').toEqual(assessment.recommendation);
    for (const [region, { health, role, signals }] of Object.entries(document.regions)) expect({ health, role, signals }, region).toEqual(expect.objectContaining({ health: assessment.regions[region]?.health, role: assessment.regions[region]?.role, signals: assessment.regions[region]?.signals }));

    const lines = statusView({ allSignals: false })(document, page);
    const heading = new RegExp(`^(?<action>\\w+)(?: to (?<to>\\S+))? {3}(?<verdict>${marks})$`, 'm');
    expect(told(lines.join('\n'), heading), 'status').toEqual(expected);
    for (const reason of [...assessment.recommendation.reasons, ...assessment.recommendation.blockers, ...assessment.recommendation.warnings]) expect(lines.join('\n')).toContain(reason);

    const model = watchModel({ snapshot, assessment, policy, lastOperation: seen(null, 'ledger') }, createSignalHistory());
    const advice = new RegExp(`^advice +(?<action>\\w+)(?: to (?<to>\\S+))? {2}(?<verdict>${marks})(?: {2}| …|$)`, 'm');
    for (const size of [{ columns: 60, rows: 20 }, { columns: 80, rows: 24 }, { columns: 120, rows: 40 }]) {
      const rows = watchScreen({ deployment: 'orders', model, state: firstState, nowMs: Date.parse(now), staleAfterSeconds: 20, keys: true }, size).map((row) => textOf(row).trimEnd());
      expect(told(rows.join('\n'), advice), `a frame of ${size.columns}`).toEqual(expected);
      expect(rows.slice(0, 2).join('\n'), 'the line for a glance').toContain(verdicts[expected.verdict]);
    }

    const spoken = /advice (?<action>\w+)(?: to (?<to>[^\s,]+))?, verdict (?<verdict>[A-Z ]+)/;
    expect(told(spokenSummary(model), spoken), 'to a screen reader').toEqual(expected);
  });
});
