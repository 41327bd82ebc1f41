import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MoveDocument, StatusDocument } from '../documents.js';
import type { Operator } from '../operator.js';
import { eventually, openStage, type Stage } from '../scene.js';
import { processedIn } from './processed-in.js';
import { synthesise } from './synthesise.js';

interface Choice { title: string; context: Record<string, string>; home: string; standby: string; arc: boolean }

const choices: Choice[] = [
  { title: 'without ARC', context: { arc: 'false' }, home: 'us-east-1', standby: 'us-west-2', arc: false },
  { title: 'in Europe', context: { primary: 'eu-west-1', standby: 'eu-central-1' }, home: 'eu-west-1', standby: 'eu-central-1', arc: true },
  { title: 'in Asia', context: { primary: 'ap-northeast-1', standby: 'ap-northeast-2' }, home: 'ap-northeast-1', standby: 'ap-northeast-2', arc: true },
  { title: 'in Europe, without ARC', context: { primary: 'eu-central-1', standby: 'eu-west-3', arc: 'false' }, home: 'eu-central-1', standby: 'eu-west-3', arc: false },
];

/** There and back by plan, then away from a home that is lost: what every deployment must be able to do. */
describe.each(choices)('a deployment $title ($home, $standby)', ({ context, home, standby, arc }) => {
  let stage: Stage;
  let operator: Operator;

  beforeAll(async () => {
    stage = await openStage((at) => synthesise(path.join(at.home, 'cdk.out'), context));
    operator = stage.operator;
  });

  afterAll(() => stage?.leave());

  const routing = async (): Promise<StatusDocument['routing']> => (await operator.document<StatusDocument>(['status'])).routing;
  const fitFor = (to: string): Promise<true> => eventually(`a GO to ${to}`, async () => {
    const { stdout } = await operator.run(['assess', '--to', to, '-o', 'json']);
    return (JSON.parse(stdout) as { recommendation: { verdict: string } }).recommendation.verdict.startsWith('GO') || undefined;
  }, 400_000);

  const processIn = (region: string, prefix: string): Promise<unknown> => processedIn(stage, region, { files: 2, prefix });

  it('works at home after its first deployment', async () => {
    await processIn(home, 'first');
    expect(await routing()).toMatchObject({ epoch: 1, phase: 'active', activeRegion: home, drift: [], mrap: { [home]: 100, [standby]: 0 } });
    expect((await routing()).arc).toEqual(arc ? expect.objectContaining({ [home]: 'On', [standby]: 'Off' }) : null);
  });

  it('fails over and fails back by plan, and works on either side', async () => {
    await fitFor(standby);
    const there = await operator.document<MoveDocument>(['failover', '--to', standby, '--yes']);
    expect(there).toMatchObject({ outcome: 'done', mode: 'graceful', epoch: 2, from: home, to: standby });
    expect(there.steps.some((step) => step.name === 'flip-routing-controls')).toBe(arc);
    await processIn(standby, 'second');
    const back = await operator.document<MoveDocument>(['failback', '--yes', '--acknowledge', 'recent-move,unsettled-target']);
    expect(back).toMatchObject({ outcome: 'done', epoch: 3, from: standby, to: home });
    await processIn(home, 'third');
    expect(await routing()).toMatchObject({ epoch: 3, phase: 'active', activeRegion: home, drift: [] });
  });

  it('leaves a home that is lost', async () => {
    await operator.fault('region', home, 'down');
    await fitFor(standby);
    const away = await operator.document<MoveDocument>(['failover', '--to', standby, '--yes', '--confirm', standby, '--accept-data-loss', '0', '--acknowledge', 'recent-move,unsettled-target']);
    expect(away).toMatchObject({ outcome: 'done', mode: 'ungraceful', epoch: 4, to: standby, parked: [], failed: [] });
    await processIn(standby, 'fourth');
  });
});
