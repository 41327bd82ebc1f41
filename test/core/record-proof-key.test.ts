import { expect, it, vi } from 'vitest';
import { createRecordProof, proveRecord } from '../../src/core/record-proof.js';

// Another workload, whose key is a text.
vi.mock(import('../../src/core/record.js'), async (original) => ({ ...(await original()), referenceKeyColumn: 1 as 0 }));

it.each([
  ['bare', '123456789,Chile,Snacks,Online,H,7/27/12,Americas,2012-07-28\n', 'Chile'],
  ['needlessly quoted', '123456789,"Chile",Snacks,Online,H,7/27/12,Americas,2012-07-28\n', 'Chile'],
  ['quoted because it must be, so that its bytes are not the key', '123456789,"The ""Bahamas""",Snacks,Online,H,7/27/12,Americas,2012-07-28\n', undefined],
  ['the same behind a field that is quoted needlessly', '"123456789","Korea, South",Snacks,Online,H,7/27/12,Asia,2012-07-28\n', undefined],
])('a key of text that is %s', (_, text, key) => {
  const bytes = Buffer.from(text);
  const proof = createRecordProof();
  const next = proveRecord(bytes, 0, bytes.length, proof);
  expect(next === -1 ? undefined : bytes.toString('utf8', proof.keyStart, proof.keyEnd)).toBe(key);
});
