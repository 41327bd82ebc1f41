import { createHash } from 'node:crypto';
import { AwsError } from '../../service.js';

/** One queue and the rules of its messages; times are milliseconds of the world's clock. */
export interface Queue {
  name: string;
  region: string;
  createdAt: number;
  modifiedAt: number;
  attributes: QueueAttributes;
  tags: Record<string, string>;
  messages: QueuedMessage[];
}

export interface QueueAttributes {
  VisibilityTimeout: string;
  DelaySeconds: string;
  MessageRetentionPeriod: string;
  MaximumMessageSize: string;
  ReceiveMessageWaitTimeSeconds: string;
  RedrivePolicy?: string;
  RedriveAllowPolicy?: string;
  Policy?: string;
  KmsMasterKeyId?: string;
  SqsManagedSseEnabled?: string;
}

export interface MessageAttribute {
  DataType: string;
  StringValue?: string;
  BinaryValue?: Uint8Array;
}

export interface QueuedMessage {
  id: string;
  body: string;
  attributes: Record<string, { type: string; text?: string; base64?: string }>;
  sender: string;
  sentAt: number;
  visibleAt: number;
  receiveCount: number;
  firstReceivedAt?: number;
  /** Of the latest receipt only: an older handle no longer deletes. */
  receiptHandle?: string;
  /** The queue that it died in, when a redrive policy moved it here. */
  deadLetterSource?: string;
}

export const defaultAttributes: QueueAttributes = {
  VisibilityTimeout: '30',
  DelaySeconds: '0',
  MessageRetentionPeriod: '345600',
  MaximumMessageSize: '1048576',
  ReceiveMessageWaitTimeSeconds: '0',
};

const ranges: Partial<Record<keyof QueueAttributes, [number, number]>> = {
  VisibilityTimeout: [0, 43_200],
  DelaySeconds: [0, 900],
  MessageRetentionPeriod: [60, 1_209_600],
  MaximumMessageSize: [1024, 1_048_576],
  ReceiveMessageWaitTimeSeconds: [0, 20],
};

const settable = new Set<string>([...Object.keys(ranges), 'RedrivePolicy', 'RedriveAllowPolicy', 'Policy', 'KmsMasterKeyId', 'SqsManagedSseEnabled']);

/** Checks names and ranges, so that a wrong number fails here as it would in AWS. */
export function checkedAttributes(given: Record<string, string>): Partial<QueueAttributes> {
  for (const [name, value] of Object.entries(given)) {
    if (!settable.has(name)) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    const range = ranges[name as keyof QueueAttributes];
    const number = Number(value);
    if (range && (!Number.isInteger(number) || number < range[0] || number > range[1])) {
      throw new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}: ${value} is not between ${range[0]} and ${range[1]}.`);
    }
  }
  return given;
}

/** Where messages go after too many receipts, and after how many. */
export function redriveOf(queue: Queue): { targetArn: string; maxReceiveCount: number } | undefined {
  if (!queue.attributes.RedrivePolicy) return undefined;
  const policy = JSON.parse(queue.attributes.RedrivePolicy) as { deadLetterTargetArn?: string; maxReceiveCount?: number | string };
  const maxReceiveCount = Number(policy.maxReceiveCount);
  if (!policy.deadLetterTargetArn || !(maxReceiveCount >= 1)) return undefined;
  return { targetArn: policy.deadLetterTargetArn, maxReceiveCount };
}

/** Drops what outlived the retention period. */
export function expire(queue: Queue, now: number): void {
  const oldest = now - Number(queue.attributes.MessageRetentionPeriod) * 1000;
  if (queue.messages.some((message) => message.sentAt < oldest)) queue.messages = queue.messages.filter((message) => message.sentAt >= oldest);
}

/** What GetQueueAttributes counts. A message that was never received and is not visible yet is delayed. */
export function countsOf(queue: Queue, now: number): { visible: number; inFlight: number; delayed: number; oldestSentAt: number | undefined } {
  expire(queue, now);
  const counts = { visible: 0, inFlight: 0, delayed: 0, oldestSentAt: undefined as number | undefined };
  for (const message of queue.messages) {
    if (message.visibleAt <= now) counts.visible += 1;
    else if (message.receiveCount > 0) counts.inFlight += 1;
    else counts.delayed += 1;
    if (counts.oldestSentAt === undefined || message.sentAt < counts.oldestSentAt) counts.oldestSentAt = message.sentAt;
  }
  return counts;
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/**
 * The digest that SDKs check: for each attribute in name order, length-prefixed name and type, a byte for the kind of
 * value, and the length-prefixed value. Source: "Calculating the MD5 message digest for message attributes", SQS
 * developer guide.
 */
export function attributesMd5(attributes: QueuedMessage['attributes']): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const prefixed = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const attribute = attributes[name];
    if (!attribute) continue;
    prefixed(Buffer.from(name));
    prefixed(Buffer.from(attribute.type));
    hash.update(Uint8Array.of(attribute.base64 === undefined ? 1 : 2));
    prefixed(attribute.base64 === undefined ? Buffer.from(attribute.text ?? '') : Buffer.from(attribute.base64, 'base64'));
  }
  return hash.digest('hex');
}
