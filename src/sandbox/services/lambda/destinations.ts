import type { World } from '../../world.js';
import { queueUrlOf } from '../compute/target-delivery.js';
import type { QueuedEvent } from './async-queue.js';
import type { FunctionConfiguration } from './runtime.js';

export type Condition = 'Success' | 'RetriesExhausted' | 'EventAgeExceeded' | 'DeadLetter';

/**
 * Sends what became of an asynchronous event to a destination, as the function's role. A dead-letter queue gets the
 * event itself, a destination the record of it. Source: Lambda developer guide, "Retaining records of asynchronous
 * invocations".
 */
export async function sendRecord(world: World, fn: FunctionConfiguration, event: QueuedEvent, targetArn: string, condition: Condition): Promise<void> {
  const [, , service, region = fn.region] = targetArn.split(':');
  const from = { region, principal: { arn: fn.roleArn, origin: fn.region } };
  const body = condition === 'DeadLetter' ? event.payload : JSON.stringify(recordOf(fn, event, condition, new Date(world.clock.now())));
  const MessageAttributes = condition === 'DeadLetter' ? deadLetterAttributes(event) : undefined;
  switch (service) {
    case 'sqs':
      await world.call('sqs', 'SendMessage', { QueueUrl: queueUrlOf(targetArn), MessageBody: body, ...(MessageAttributes ? { MessageAttributes } : {}) }, from);
      return;
    case 'sns':
      await world.call('sns', 'Publish', { TopicArn: targetArn, Message: body, ...(MessageAttributes ? { MessageAttributes } : {}) }, from);
      return;
    case 'lambda':
      await world.call('lambda', 'Invoke', { FunctionName: targetArn, InvocationType: 'Event', Payload: Buffer.from(body) }, from);
      return;
    case 'events': {
      const DetailType = `Lambda Function Invocation Result - ${condition === 'Success' ? 'Success' : 'Failure'}`;
      await world.call('events', 'PutEvents', { Entries: [{ Source: 'lambda', DetailType, Resources: [targetArn, fn.functionArn], Detail: body }] }, from);
      return;
    }
    default:
      throw new Error(`${targetArn} is not a destination that the sandbox knows`);
  }
}

function recordOf(fn: FunctionConfiguration, event: QueuedEvent, condition: Condition, now: Date): unknown {
  const result = event.lastResult;
  return {
    version: '1.0',
    timestamp: now.toISOString(),
    requestContext: { requestId: event.requestId, functionArn: `${fn.functionArn}:$LATEST`, condition, approximateInvokeCount: event.failures + (condition === 'Success' ? 1 : 0) },
    requestPayload: JSON.parse(event.payload),
    ...(result
      ? {
          responseContext: { statusCode: 200, executedVersion: '$LATEST', ...(result.failed ? { functionError: 'Unhandled' } : {}) },
          responsePayload: JSON.parse(result.payload),
        }
      : {}),
  };
}

function deadLetterAttributes(event: QueuedEvent): Record<string, { DataType: string; StringValue: string }> {
  const message = event.lastResult ? ((JSON.parse(event.lastResult.payload) as { errorMessage?: string }).errorMessage ?? '') : 'Event age exceeded';
  return {
    RequestID: { DataType: 'String', StringValue: event.requestId },
    ErrorCode: { DataType: 'Number', StringValue: '200' },
    ErrorMessage: { DataType: 'String', StringValue: message.slice(0, 1024) || '-' },
  };
}
