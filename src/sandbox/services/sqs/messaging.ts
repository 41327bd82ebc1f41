import { AwsError, type CallContext, type Service } from '../../service.js';
import type { World } from '../../world.js';
import type { QueueMetrics } from './metrics.js';
import { attributesMd5, expire, md5, redriveOf, type MessageAttribute, type Queue, type QueuedMessage } from './queue.js';
import type { QueueStore } from './service.js';

interface SendInput {
  QueueUrl?: string;
  MessageBody: string;
  DelaySeconds?: number;
  MessageAttributes?: Record<string, MessageAttribute>;
}

interface ReceiveInput {
  QueueUrl: string;
  MaxNumberOfMessages?: number;
  VisibilityTimeout?: number;
  WaitTimeSeconds?: number;
  AttributeNames?: string[];
  MessageSystemAttributeNames?: string[];
  MessageAttributeNames?: string[];
}

interface BatchOutcome {
  Successful: Record<string, unknown>[];
  Failed: Record<string, unknown>[];
}

/** Sending, receiving and deleting: what a queue is for. */
export function createMessaging(world: World, store: QueueStore, metrics: QueueMetrics): Service['operations'] {
  /** Long polls that wait for a message, by queue. */
  const waiting = new Map<Queue, Set<() => void>>();
  const wake = (queue: Queue): void => { for (const resolve of [...waiting.get(queue) ?? []]) resolve(); };

  const send = (queue: Queue, input: SendInput, call: CallContext): Record<string, unknown> => {
    const attributes = storedAttributes(input.MessageAttributes ?? {});
    const size = Buffer.byteLength(input.MessageBody) + Buffer.byteLength(JSON.stringify(attributes)) * (Object.keys(attributes).length > 0 ? 1 : 0);
    if (size > Number(queue.attributes.MaximumMessageSize)) throw new AwsError('InvalidParameterValue', `One or more parameters are invalid. Reason: Message must be shorter than ${queue.attributes.MaximumMessageSize} bytes.`);
    if (input.MessageBody === '') throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
    const now = world.clock.now();
    const delayMs = (input.DelaySeconds ?? Number(queue.attributes.DelaySeconds)) * 1000;
    const message: QueuedMessage = { id: world.random.uuid(), body: input.MessageBody, attributes, sender: call.principal.arn, sentAt: now, visibleAt: now + delayMs, receiveCount: 0 };
    deliver(queue, message, delayMs);
    metrics.count(queue, 'NumberOfMessagesSent', 1);
    return { MessageId: message.id, MD5OfMessageBody: md5(message.body), MD5OfMessageAttributes: attributesMd5(attributes) };
  };
  const deliver = (queue: Queue, message: QueuedMessage, delayMs: number): void => {
    queue.messages.push(message);
    metrics.touched();
    world.changed();
    if (delayMs > 0) world.clock.after(delayMs, () => { wake(queue); });
    else wake(queue);
  };

  /** Takes visible messages; those received too often go to the dead-letter queue instead. */
  const take = (queue: Queue, limit: number, visibilityMs: number): QueuedMessage[] => {
    const now = world.clock.now();
    expire(queue, now);
    const redrive = redriveOf(queue);
    const taken: QueuedMessage[] = [];
    for (const message of queue.messages.filter((candidate) => candidate.visibleAt <= now)) {
      if (taken.length >= limit) break;
      if (redrive && message.receiveCount >= redrive.maxReceiveCount && moveToDeadLetters(queue, message, redrive.targetArn)) continue;
      message.receiveCount += 1;
      message.firstReceivedAt ??= now;
      message.visibleAt = now + visibilityMs;
      message.receiptHandle = `${message.id}#${world.random.hex(32)}`;
      taken.push(message);
    }
    if (taken.length > 0) world.changed();
    return taken;
  };
  const moveToDeadLetters = (queue: Queue, message: QueuedMessage, targetArn: string): boolean => {
    const target = store.byArn(targetArn);
    if (!target) return false;
    queue.messages.splice(queue.messages.indexOf(message), 1);
    // The send time stays: retention of a standard dead-letter queue counts from the first sending.
    deliver(target, { ...message, visibleAt: world.clock.now(), receiveCount: 0, deadLetterSource: store.arnOf(queue) }, 0);
    return true;
  };

  const receive = async (input: ReceiveInput, call: CallContext): Promise<{ Messages?: object[] }> => {
    const queue = store.byUrl(input.QueueUrl, call);
    const limit = input.MaxNumberOfMessages ?? 1;
    if (limit < 1 || limit > 10) throw new AwsError('InvalidParameterValue', `Value ${limit} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`);
    const visibilityMs = (input.VisibilityTimeout ?? Number(queue.attributes.VisibilityTimeout)) * 1000;
    const deadline = world.clock.now() + (input.WaitTimeSeconds ?? Number(queue.attributes.ReceiveMessageWaitTimeSeconds)) * 1000;
    let taken = take(queue, limit, visibilityMs);
    while (taken.length === 0 && world.clock.now() < deadline && !call.signal.aborted) {
      await somethingOrDeadline(queue, deadline, call.signal);
      taken = take(queue, limit, visibilityMs);
    }
    metrics.count(queue, 'NumberOfMessagesReceived', taken.length);
    return taken.length === 0 ? {} : { Messages: taken.map((message) => received(message, input)) };
  };
  /** A message may also become visible by itself, so the wait ends at the next such moment too. */
  const somethingOrDeadline = (queue: Queue, deadline: number, signal: AbortSignal): Promise<void> => new Promise((resolve) => {
    const next = Math.min(deadline, ...queue.messages.map((message) => message.visibleAt));
    const waiters = waiting.get(queue) ?? new Set();
    waiting.set(queue, waiters);
    const done = (): void => { waiters.delete(done); cancel(); signal.removeEventListener('abort', done); resolve(); };
    const cancel = world.clock.after(Math.max(1, next - world.clock.now()), done);
    waiters.add(done);
    signal.addEventListener('abort', done);
  });

  const remove = (queue: Queue, receiptHandle: string): void => {
    const index = queue.messages.findIndex((message) => message.receiptHandle === receiptHandle);
    if (index < 0) {
      // AWS accepts the handle of a message that is already gone; only nonsense is refused.
      if (!/^[0-9a-f-]{36}#[0-9a-f]{32}$/.test(receiptHandle)) throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
      return;
    }
    queue.messages.splice(index, 1);
    metrics.count(queue, 'NumberOfMessagesDeleted', 1);
    world.changed();
  };
  const changeVisibility = (queue: Queue, receiptHandle: string, seconds: number): void => {
    const message = queue.messages.find((candidate) => candidate.receiptHandle === receiptHandle);
    if (!message) throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
    message.visibleAt = world.clock.now() + seconds * 1000;
    world.changed();
    if (seconds === 0) wake(queue);
  };

  return {
    SendMessage: async (input: SendInput, call) => send(store.byUrl(input.QueueUrl, call), input, call),
    SendMessageBatch: async (input: { QueueUrl: string; Entries: (SendInput & { Id: string })[] }, call) => {
      const queue = store.byUrl(input.QueueUrl, call);
      return batch(input.Entries, (entry) => send(queue, entry, call));
    },
    ReceiveMessage: receive,
    DeleteMessage: async (input: { QueueUrl: string; ReceiptHandle: string }, call) => { remove(store.byUrl(input.QueueUrl, call), input.ReceiptHandle); return {}; },
    DeleteMessageBatch: async (input: { QueueUrl: string; Entries: { Id: string; ReceiptHandle: string }[] }, call) => {
      const queue = store.byUrl(input.QueueUrl, call);
      return batch(input.Entries, (entry) => { remove(queue, entry.ReceiptHandle); return {}; });
    },
    ChangeMessageVisibility: async (input: { QueueUrl: string; ReceiptHandle: string; VisibilityTimeout: number }, call) => {
      changeVisibility(store.byUrl(input.QueueUrl, call), input.ReceiptHandle, input.VisibilityTimeout);
      return {};
    },
    ChangeMessageVisibilityBatch: async (input: { QueueUrl: string; Entries: { Id: string; ReceiptHandle: string; VisibilityTimeout?: number }[] }, call) => {
      const queue = store.byUrl(input.QueueUrl, call);
      return batch(input.Entries, (entry) => { changeVisibility(queue, entry.ReceiptHandle, entry.VisibilityTimeout ?? 0); return {}; });
    },
  };
}

/** Each entry succeeds or fails by itself; ids must be distinct and at most ten. */
function batch<Entry extends { Id: string }>(entries: Entry[], act: (entry: Entry) => Record<string, unknown>): BatchOutcome {
  if (entries.length === 0) throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > 10) throw new AwsError('TooManyEntriesInBatchRequest', `Maximum number of entries per request are 10. You have sent ${entries.length}.`);
  if (new Set(entries.map((entry) => entry.Id)).size < entries.length) throw new AwsError('BatchEntryIdsNotDistinct', 'Two or more batch entries have the same Id.');
  const outcome: BatchOutcome = { Successful: [], Failed: [] };
  for (const entry of entries) {
    try {
      outcome.Successful.push({ Id: entry.Id, ...act(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      outcome.Failed.push({ Id: entry.Id, Code: error.code, Message: error.message, SenderFault: error.fault === 'client' });
    }
  }
  return outcome;
}

function storedAttributes(attributes: Record<string, MessageAttribute>): QueuedMessage['attributes'] {
  return Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, {
    type: attribute.DataType,
    ...(attribute.BinaryValue ? { base64: Buffer.from(attribute.BinaryValue).toString('base64') } : { text: attribute.StringValue ?? '' }),
  }]));
}

function received(message: QueuedMessage, input: ReceiveInput): object {
  const system: Record<string, string | undefined> = {
    SenderId: message.sender,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    DeadLetterQueueSourceArn: message.deadLetterSource,
  };
  const wantedSystem = [...input.AttributeNames ?? [], ...input.MessageSystemAttributeNames ?? []];
  const chosenSystem = Object.entries(system).filter(([name, value]) => value !== undefined && (wantedSystem.includes('All') || wantedSystem.includes(name)));
  const wanted = input.MessageAttributeNames ?? [];
  const matches = (name: string): boolean => wanted.some((want) => want === 'All' || want === '.*' || want === name || (want.endsWith('.*') && name.startsWith(want.slice(0, -1))));
  const chosen = Object.fromEntries(Object.entries(message.attributes).filter(([name]) => matches(name)));
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: md5(message.body),
    ...(chosenSystem.length > 0 ? { Attributes: Object.fromEntries(chosenSystem) } : {}),
    ...(Object.keys(chosen).length > 0 ? {
      MD5OfMessageAttributes: attributesMd5(chosen),
      MessageAttributes: Object.fromEntries(Object.entries(chosen).map(([name, attribute]) => [name, {
        DataType: attribute.type,
        ...(attribute.base64 === undefined ? { StringValue: attribute.text } : { BinaryValue: Buffer.from(attribute.base64, 'base64') }),
      }])),
    } : {}),
  };
}
