import { describe, expect, it } from 'vitest';
import { compilePattern, type EventPattern } from '../../../../src/sandbox/services/events/event-pattern.js';
import { targetInput } from '../../../../src/sandbox/services/events/target-input.js';

const event = {
  source: 'aws.s3',
  'detail-type': 'Object Created',
  resources: ['arn:aws:s3:::jobs'],
  detail: { bucket: { name: 'jobs' }, object: { key: 'input/orders "1".csv', size: 1200 }, reason: 'PutObject', tags: ['a', 'b'], owner: null },
};

describe('event patterns', () => {
  const yes: EventPattern[] = [
    { source: ['aws.s3'], detail: { bucket: { name: ['other', 'jobs'] } } },
    { detail: { object: { key: [{ prefix: 'input/' }] } } },
    { detail: { object: { key: [{ suffix: '.csv' }] } } },
    { detail: { object: { key: [{ suffix: { 'equals-ignore-case': '.CSV' } }] } } },
    { detail: { object: { key: [{ wildcard: 'input/*.csv' }] } } },
    { detail: { object: { size: [{ numeric: ['>', 0, '<=', 1200] }] } } },
    { detail: { reason: [{ 'anything-but': ['CopyObject'] }] } },
    { detail: { object: { key: [{ 'anything-but': { prefix: 'work/' } }] } } },
    { detail: { missing: [{ exists: false }], owner: [null] } },
    { resources: ['arn:aws:s3:::jobs'], detail: { tags: ['b'] } },
    { $or: [{ source: ['nobody'] }, { detail: { reason: ['PutObject'] } }] },
  ];
  const no: EventPattern[] = [
    { source: ['aws.ec2'] },
    { detail: { object: { key: [{ prefix: 'output/' }] } } },
    { detail: { object: { key: [{ wildcard: 'input/*.json' }] } } },
    { detail: { object: { size: [{ numeric: ['<', 1200] }] } } },
    { detail: { reason: [{ 'anything-but': 'PutObject' }] } },
    { detail: { missing: [{ 'anything-but': 'x' }] } },
    { detail: { missing: [{ exists: true }] } },
    { source: ['aws.s3'], detail: { tags: ['c'] } },
    { $or: [{ source: ['nobody'] }, { detail: { reason: ['CopyObject'] } }] },
  ];
  it.each(yes.map((pattern) => [JSON.stringify(pattern), pattern] as const))('match %s', (_, pattern) => expect(compilePattern(pattern)(event)).toBe(true));
  it.each(no.map((pattern) => [JSON.stringify(pattern), pattern] as const))('do not match %s', (_, pattern) => expect(compilePattern(pattern)(event)).toBe(false));
  it('refuse a filter that is not understood', () => {
    expect(() => compilePattern({ detail: { x: [{ cidr: '10.0.0.0/8' }] } })).toThrow(/not understood/);
  });
});

describe('what a target receives', () => {
  const rule = { arn: 'arn:rule', name: 'rule' };
  const receive = (target: Parameters<typeof targetInput>[0]): unknown => JSON.parse(targetInput(target, event, rule, new Date(0)));

  it('is the event, a constant, or a part of the event', () => {
    expect(receive({})).toEqual(event);
    expect(receive({ Input: '{"a":1}' })).toEqual({ a: 1 });
    expect(receive({ InputPath: '$.detail.tags[1]' })).toBe('b');
  });

  it('is a template filled with JSON outside quotes and with text inside', () => {
    const InputTransformer = {
      InputPathsMap: { key: '$.detail.object.key', size: '$.detail.object.size', all: '$.detail.bucket', none: '$.detail.none' },
      InputTemplate: '{"key": <key>, "text": "file <key> of <size>", "bucket": <all>, "none": <none>, "rule": "<aws.events.rule-name>"}',
    };
    expect(receive({ InputTransformer })).toEqual({ key: 'input/orders "1".csv', text: 'file input/orders "1".csv of 1200', bucket: { name: 'jobs' }, none: null, rule: 'rule' });
  });
});
