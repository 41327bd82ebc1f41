import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { drive, type DriveOptions, type Driven } from '../e2e/crash/drive.js';
import type { Ended, Operator } from '../e2e/operator.js';

/** Runs commands, counts how they end, and reads along: whatever must never be said is a finding. */
export interface Listening {
  run(words: string[]): Promise<Ended>;
  drive(words: string[], options?: DriveOptions): Promise<Driven>;
  readonly ends: Record<string, number>;
  readonly findings: string[];
}

/** Of a presigned URL; commands that are asked for one are not part of a siege. */
const signature = /X-Amz-(?:Signature|Credential|Security-Token)=/;
const documentedExitCodes = new Set([0, 1, 2, 3, 4, 5, 6, 7]);

export async function listen(operator: Operator): Promise<Listening> {
  const deployment = JSON.parse(await readFile(path.join(operator.home, 'config/batchctl/sandbox.json'), 'utf8')) as { credentials: { secretAccessKey: string } };
  const secret = deployment.credentials.secretAccessKey;
  const ends: Record<string, number> = {};
  const findings: string[] = [];
  const hear = <Heard extends Ended>(words: string[], ended: Heard): Heard => {
    const said = `${ended.stdout}\n${ended.stderr}`;
    const what = `batchctl ${words.slice(0, 4).join(' ')}`;
    const end = `${words[0]} ${ended.exitCode}`;
    ends[end] = (ends[end] ?? 0) + 1;
    if (said.includes(secret)) findings.push(`${what} told a secret key`);
    if (signature.test(said)) findings.push(`${what} told a signature`);
    // eslint-disable-next-line no-control-regex
    if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(said)) findings.push(`${what} printed a control character`);
    if (/"code":\s*"BUG"|This should not have happened/.test(said)) findings.push(`${what} met a bug: ${said.slice(-1500)}`);
    if (ended.exitCode !== -1 && !documentedExitCodes.has(ended.exitCode)) findings.push(`${what} ended with ${ended.exitCode}: ${said.slice(-500)}`);
    return ended;
  };
  return {
    ends,
    findings,
    run: async (words) => hear(words, await operator.run(words)),
    drive: async (words, options) => hear(words, await drive(operator, words, options)),
  };
}
