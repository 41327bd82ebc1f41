import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { capture } from './capture.js';
import { openSmallAws, type SmallAws } from './small-aws.js';

type Item = Record<string, { S?: string }>;
const [home, other] = ['us-east-1', 'us-west-2'];
const identity = '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/ann</Arn><Account>111122223333</Account><UserId>U</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>';

let aws: SmallAws;
let file: string;
/** What each Region's table holds; `copies` says whether the home Region's rows reach the other one. */
let tables: Record<string, Map<string, Item>>;
let copies: boolean;

beforeEach(async () => {
  aws = await openSmallAws();
  tables = { [home!]: new Map(), [other!]: new Map() };
  copies = true;
  file = path.join(aws.home, 'reference.csv');
  await writeFile(file, `uuid,unitsSold,unitPrice,unitCost,totalRevenue,totalCost,totalProfit\n${[1, 2, 3].map((serial) => `10000000${serial},1,2,3,4,5,6\n`).join('')}`);
  aws.answer = ({ host, operation, body }) => {
    if (host.startsWith('sts.')) return { type: 'xml', body: identity };
    const region = host.includes(home!) ? home! : other!;
    const requested = (JSON.parse(body) as { RequestItems: Record<string, unknown> }).RequestItems['batchctl-reference'];
    if (operation.endsWith('BatchWriteItem')) {
      for (const { PutRequest: { Item: item } } of requested as { PutRequest: { Item: Item } }[]) {
        for (const each of copies ? [home!, other!] : [region]) tables[each]!.set(item['uuid']!.S!, item);
      }
      return { body: '{"UnprocessedItems":{}}' };
    }
    const found = (requested as { Keys: Item[] }).Keys.flatMap((key) => tables[region]!.get(key['uuid']!.S!) ?? []);
    return { body: JSON.stringify({ Responses: { 'batchctl-reference': found }, UnprocessedKeys: {} }) };
  };
});
afterEach(async () => {
  vi.restoreAllMocks();
  await aws.close();
});

const load = async (...flags: string[]): Promise<Record<string, unknown>> => {
  const { exitCode, stdout } = await capture(['reference', 'load', file, ...flags, '-o', 'json'], aws.env);
  return { exitCode, ...JSON.parse(stdout) as object };
};
const asked = (region: string): number => aws.calls.filter((call) => call.host === `dynamodb.${region}.amazonaws.com`).length;

describe('reference load', () => {
  it('ends when the rows are in both Regions', async () => {
    expect(await load()).toMatchObject({ exitCode: 0, region: home, rows: 3, copiedTo: other });
    expect(asked(other!)).toBeGreaterThan(0);
  });

  it('with --no-wait ends when they are written, and does not look into the other Region', async () => {
    copies = false;
    expect(await load('--no-wait')).toMatchObject({ exitCode: 0, region: home, rows: 3, copiedTo: null });
    expect(asked(other!)).toBe(0);
  });

  it('says that they did not arrive, how many, what that means and how to look again', async () => {
    copies = false;
    // A minute passes in less than a second.
    const real = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => real() * 100);
    expect(await load()).toMatchObject({ exitCode: 1, error: {
      code: 'REFERENCE_NOT_COPIED', details: { missing: 3 },
      message: `The rows are written in ${home}, and 3 of them have not arrived in ${other} after 60 s, such as 100000001.`,
      nextSteps: [expect.stringContaining('do not fail over without need'), expect.stringContaining(`batchctl reference load ${JSON.stringify(file)}`)],
    } });
    expect(tables[home!]!.size).toBe(3);
  });
});
