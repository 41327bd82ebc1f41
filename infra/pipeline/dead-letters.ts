import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { required } from './environment.js';
import type { ObjectCreatedEvent } from './ingest.js';
import type { Runtime } from './runtime.js';

/** A message of the dead-letter queue. */
export interface DeadLetter {
  body: string;
  receiptHandle: string;
}

/** This Region's queue of events that reached no function. */
export interface DeadLetterQueue {
  /** At most ten letters, which nobody else is given for the next `hiddenSeconds`. None may also mean that this look missed some. */
  receive(hiddenSeconds: number): Promise<DeadLetter[]>;
  delete(letter: DeadLetter): Promise<void>;
}

/** By which a letter is known as one of ingest's. */
export interface Addressee {
  ingestFunction: string;
  /** Of this Region. */
  bucket: string;
}

const lettersAtOnce = 10;

export function deadLetterQueueFrom(runtime: Runtime): DeadLetterQueue {
  const QueueUrl = required(runtime.environment, 'DEAD_LETTER_QUEUE_URL');
  // A client of SQS calls the queue's address unless told otherwise, also where a deployment wants its FIPS endpoints.
  const client = new SQSClient({ ...runtime.client({ requestTimeoutMs: 4000 }), useQueueUrlAsEndpoint: false });
  return {
    async receive(hiddenSeconds) {
      const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: lettersAtOnce, VisibilityTimeout: hiddenSeconds }));
      return Messages.flatMap(({ Body, ReceiptHandle }) => (Body !== undefined && ReceiptHandle !== undefined ? [{ body: Body, receiptHandle: ReceiptHandle }] : []));
    },
    async delete({ receiptHandle }) {
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: receiptHandle }));
    },
  };
}

/**
 * The event that ingest did not get through with; undefined for every other letter. Where Lambda gave up, the letter is a
 * record that names the function and holds the event; where the bus found no function, it is the event itself. Sources:
 * Lambda developer guide, "Capturing records of asynchronous invocations"; EventBridge user guide, "Using dead-letter
 * queues to process undelivered events".
 */
export function inputEventOf(body: string, addressee: Addressee): ObjectCreatedEvent | undefined {
  const letter = membersOf(parsed(body));
  const functionArn = membersOf(letter['requestContext'])['functionArn'];
  if (functionArn !== undefined) return nameIn(functionArn) === addressee.ingestFunction ? inputEvent(letter['requestPayload'], addressee) : undefined;
  return letter['source'] === 'aws.s3' && letter['detail-type'] === 'Object Created' ? inputEvent(letter, addressee) : undefined;
}

/** `arn:aws:lambda:us-east-1:111122223333:function:batchctl-ingest:$LATEST`, with or without its last part. */
function nameIn(functionArn: unknown): string | undefined {
  return typeof functionArn === 'string' ? functionArn.split(':')[6] : undefined;
}

/** What does not name an object of this bucket would be looked for in vain, taken for gone, and lost to whoever could read it. */
function inputEvent(event: unknown, { bucket }: Addressee): ObjectCreatedEvent | undefined {
  const detail = membersOf(membersOf(event)['detail']);
  const { key, 'version-id': versionId } = membersOf(detail['object']);
  const isReadable = typeof key === 'string' && (versionId === undefined || typeof versionId === 'string') && membersOf(detail['bucket'])['name'] === bucket;
  return isReadable ? event as ObjectCreatedEvent : undefined;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {};
}
