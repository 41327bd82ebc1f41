import { AwsError } from '../../service.js';
import { StateFailure } from './failures.js';
import type { Json, JsonObject } from './json.js';
import type { Execution, Frame, HistoryEvent } from './records.js';

/** Source: Step Functions quotas. The last event is kept free for the end of the execution. */
export const maximumEvents = 25_000;

/** State inputs, outputs and results: 256 KiB of UTF-8. Source: Step Functions quotas. */
export const maximumDataBytes = 262_144;

/** The text of a value that passes between states. Throws States.DataLimitExceeded above 256 KiB. */
export function dataText(value: Json, what: string): string {
  const text = JSON.stringify(value);
  if (text.length > maximumDataBytes || (text.length * 3 > maximumDataBytes && Buffer.byteLength(text) > maximumDataBytes)) {
    throw new StateFailure('States.DataLimitExceeded', `${what} exceeds the maximum number of bytes service limit (${maximumDataBytes}).`);
  }
  return text;
}

/**
 * Appends an event and chains it to the frame's last one. Throws a fatal States.Runtime failure when the history is
 * full; events that end an execution are `closing` and always fit.
 */
export function record(execution: Execution, frame: Frame, now: number, type: string, details?: JsonObject, closing = false): number {
  const id = (execution.history.at(-1)?.id ?? 0) + 1;
  if (id >= maximumEvents && !closing) {
    throw new StateFailure('States.Runtime', `The execution reached the maximum number of history events (${maximumEvents}).`, true);
  }
  execution.history.push({ id, previousEventId: frame.lastEventId, at: now, type, ...(details ? { details } : {}) });
  frame.lastEventId = id;
  return id;
}

export interface HistoryRequest {
  executionArn: string;
  maxResults?: number;
  nextToken?: string;
  reverseOrder?: boolean;
  includeExecutionData?: boolean;
}

/** GetExecutionHistory: at most 1,000 events a page, 100 unless told. */
export function historyPage(execution: Execution, request: HistoryRequest): { events: unknown[]; nextToken?: string } {
  const size = pageSize(request.maxResults, 100);
  const events = request.reverseOrder ? execution.history.toReversed() : execution.history;
  const after = request.nextToken === undefined ? -1 : events.findIndex((event) => event.id === decodeToken(request.nextToken ?? ''));
  if (request.nextToken !== undefined && after < 0) throw new AwsError('InvalidToken', `Invalid Token: '${request.nextToken}'`);
  const page = events.slice(after + 1, after + 1 + size);
  const last = page.at(-1);
  const more = last !== undefined && after + 1 + size < events.length;
  return {
    events: page.map((event) => wireEvent(event, request.includeExecutionData ?? true)),
    ...(more ? { nextToken: encodeToken(last.id) } : {}),
  };
}

export function pageSize(asked: number | undefined, usual: number): number {
  if (asked !== undefined && (asked < 0 || asked > 1000)) throw new AwsError('ValidationException', 'maxResults must be between 0 and 1000');
  return asked === undefined || asked === 0 ? usual : asked;
}

export function encodeToken(position: number | string): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** The position that `encodeToken` packed; undefined for text that it did not make. */
export function decodeToken(token: string): number | string | undefined {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString()) as number | string;
  } catch {
    return undefined;
  }
}

const dataMembers = ['input', 'output', 'parameters', 'error', 'cause'];

function wireEvent(event: HistoryEvent, includeData: boolean): Record<string, unknown> {
  const { id, previousEventId, type } = event;
  const wire: Record<string, unknown> = { id, previousEventId, type, timestamp: new Date(event.at) };
  if (!event.details) return wire;
  const details: Record<string, unknown> = { ...event.details };
  for (const data of ['input', 'output']) {
    if (data in details) details[`${data}Details`] = { truncated: false };
  }
  if (!includeData) for (const data of dataMembers) delete details[data];
  wire[detailsMember(type)] = details;
  return wire;
}

/** All Entered and Exited events share a member; every other event has one that is named after it. */
function detailsMember(type: string): string {
  const shared = /State(Entered|Exited)$/.exec(type)?.[0];
  return `${lowerFirst(shared ?? type)}EventDetails`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
