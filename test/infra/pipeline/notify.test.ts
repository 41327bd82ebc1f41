import { describe, expect, it } from 'vitest';
import { commit } from '../../../infra/pipeline/commit.js';
import { type Mail, notify, type NotifyPorts, stateAfter } from '../../../infra/pipeline/notify.js';
import { control, east, ledger, merged, runningIn, withTwoRegions } from './two-regions.js';

withTwoRegions();

describe('notify', () => {
  const error = (name: string, more: object = {}) => Object.assign(new Error(name), { name, ...more });
  const http = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } });

  async function committed(): Promise<string> {
    await control(1);
    const run = await runningIn(east, 'input/orders.csv');
    await commit(run, merged, east.ports as never);
    return run.jobId;
  }
  function ports(send: (mail: Mail) => Promise<void>, sender = 'one'): NotifyPorts {
    return { ...east.ports, ledger: ledger(), sender, send, presign: ({ key, versionId }) => Promise.resolve(`https://signed/${key}?${versionId}`) };
  }

  it('sends one e-mail with counts and both links, however often it is asked', async () => {
    const jobId = await committed();
    const mails: Mail[] = [];
    const send = (mail: Mail): Promise<void> => { mails.push(mail); return Promise.resolve(); };
    await Promise.all(['a', 'b', 'c'].map((sender) => notify(jobId, ports(send, sender))));
    expect(await notify(jobId, ports(send, 'd'))).toEqual({ state: 'SENT' });
    expect(mails).toHaveLength(1);
    expect(mails[0]!.subject).toBe('orders.csv: 2 rows, 1 rejected');
    expect(mails[0]!.text).toContain(`https://signed/${merged.outputKey}?ov`);
    expect(mails[0]!.text).toContain(`https://signed/${merged.rejectsKey}?rv`);
    expect(JSON.stringify(east.telemetry.lines)).not.toContain('https://signed');
  });

  it('never sends again after an answer that did not come', async () => {
    const jobId = await committed();
    let sent = 0;
    const send = (): Promise<void> => { sent += 1; return Promise.reject(error('TimeoutError')); };
    expect(await notify(jobId, ports(send))).toEqual({ state: 'UNCERTAIN' });
    expect(await notify(jobId, ports(send, 'two'))).toEqual({ state: 'UNCERTAIN' });
    expect(sent).toBe(1);
  });

  it('sends later what was certainly not taken', async () => {
    const jobId = await committed();
    expect(await notify(jobId, ports(() => Promise.reject(error('TooManyRequestsException', http(429)))))).toEqual({ state: 'PENDING' });
    expect(await notify(jobId, ports(() => Promise.resolve(), 'two'))).toEqual({ state: 'SENT' });
  });

  it.each([
    [error('MessageRejected', http(400)), 'FAILED'],
    [error('AccessDeniedException', http(403)), 'PENDING'],
    [error('Error', { code: 'ECONNREFUSED' }), 'PENDING'],
    [error('Error', { code: 'ECONNRESET' }), 'UNCERTAIN'],
    [error('InternalFailure', http(500)), 'UNCERTAIN'],
    [error('RequestTimeout', http(408)), 'UNCERTAIN'],
    [error('NotFoundException', http(404)), 'PENDING'],
    [error('KMSDisabledException', http(400)), 'PENDING'],
    [error('ThrottledException', http(429)), 'PENDING'],
    [error('InternalErrorException', http(500)), 'UNCERTAIN'],
    [error('InvalidParameterException', http(400)), 'FAILED'],
  ])('takes %s for %s', (problem, state) => expect(stateAfter(problem)).toBe(state));
});
