import { beforeEach, describe, expect, it } from 'vitest';
import { createSes, type SesService } from '../../../../src/sandbox/services/ses/service.js';
import { createSmallWorld, saved, type SmallWorld } from '../../small-world.js';

const east = 'us-east-1';
let world: SmallWorld;
let ses: SesService;

beforeEach(async () => {
  world = createSmallWorld();
  ses = world.add(createSes(world));
  await world.as(east)('ses', 'CreateEmailIdentity', { EmailIdentity: 'jobs@example.com' });
});

const mail = (changes: object = {}): object => ({
  FromEmailAddress: 'Batch <Jobs@example.com>',
  Destination: { ToAddresses: ['reader@elsewhere.org'] },
  Content: { Simple: { Subject: { Data: 'Done' }, Body: { Text: { Data: 'Your file is ready' } } } },
  EmailTags: [{ Name: 'job', Value: 'j-1' }],
  ...changes,
});
const send = (region: string, changes: object = {}): Promise<Record<string, unknown>> => world.as<Record<string, unknown>>(region)('ses', 'SendEmail', mail(changes));

describe('sending', () => {
  it('keeps what it was given, once for every call: there is no idempotency token', async () => {
    const first = await send(east);
    const second = await send(east);
    expect(first['MessageId']).not.toBe(second['MessageId']);
    expect(ses.outbox()).toHaveLength(2);
    expect(ses.outbox()[0]).toMatchObject({ messageId: first['MessageId'], region: east, from: 'Batch <Jobs@example.com>', to: ['reader@elsewhere.org'], subject: 'Done', text: 'Your file is ready', tags: { job: 'j-1' } });
  });

  it('refuses a sender that this Region has not verified', async () => {
    await expect(send('us-west-2')).rejects.toMatchObject({ code: 'MessageRejected', message: expect.stringContaining('US-WEST-2: jobs@example.com') as string });
    await expect(send(east, { FromEmailAddress: 'other@example.com' })).rejects.toMatchObject({ code: 'MessageRejected' });
    expect(ses.outbox()).toEqual([]);
  });

  it('lets every address of a verified domain send, authorised as the domain', async () => {
    await world.as(east)('ses', 'CreateEmailIdentity', { EmailIdentity: 'example.net' });
    await send(east, { FromEmailAddress: 'any@example.net' });
    expect(ses.outbox()).toHaveLength(1);
    const [permission] = ses.permissions('SendEmail', mail({ FromEmailAddress: 'any@example.net' }), { region: east } as never);
    expect(permission).toMatchObject({ action: 'ses:SendEmail', resource: 'arn:aws:ses:us-east-1:111122223333:identity/example.net', context: { 'ses:FromAddress': 'any@example.net', 'ses:Recipients': ['reader@elsewhere.org'] } });
  });

  it('reads the subject of raw mail', async () => {
    await send(east, { Content: { Raw: { Data: Buffer.from('From: a\r\nSubject: Raw one\r\n\r\nbody') } } });
    expect(ses.outbox()[0]).toMatchObject({ subject: 'Raw one', raw: expect.stringContaining('body') as string });
  });

  it.each([
    ['no recipient', { Destination: {} }],
    ['a malformed recipient', { Destination: { ToAddresses: ['nobody'] } }],
    ['too many recipients', { Destination: { ToAddresses: Array.from({ length: 51 }, (_, index) => `r${index}@example.org`) } }],
    ['no body', { Content: { Simple: { Subject: { Data: 'x' } } } }],
  ])('refuses %s', async (_name, changes) => {
    await expect(send(east, changes)).rejects.toMatchObject({ code: 'BadRequestException' });
  });

  it('survives a restart with its outbox and identities', async () => {
    await send(east);
    const state = saved(ses);
    const after = createSmallWorld();
    const restarted = after.add(createSes(after));
    await restarted.restore?.(state);
    await after.as(east)('ses', 'SendEmail', mail());
    expect(restarted.outbox()).toHaveLength(2);
  });
});
