import { AwsError } from '../service.js';
import { errorModelOf, statusOf, textOf, utf8, type Body, type Input, type Protocol } from './protocol.js';
import { matchRoute, payloadOf, readBindings, writeBindings } from './rest-bindings.js';
import { readJson, writeJson } from './json-codec.js';
import type { Received } from './received.js';
import type { OperationModel } from './service-model.js';

export function parseJsonBody(body: Body): unknown {
  const text = textOf(body);
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    throw new AwsError('SerializationException', 'Could not parse the request body as JSON.');
  }
}

/** restJson1: Lambda, SES. Source: Smithy, "AWS restJson1 protocol". */
export const restJson: Protocol = {
  errorStyle: 'json',
  namesOperationInHead: true,
  operationOf(model, received) {
    const operation = matchRoute(model, received);
    if (!operation) throw new AwsError('UnknownOperationException', `Unable to determine the operation of ${received.method} ${received.path}`, { status: 404 });
    return operation;
  },
  readInput(operation: OperationModel, received: Received, body: Body): Input {
    const bound = readBindings(operation, received);
    const { payload, hasBodyMembers } = payloadOf(operation.input);
    if (payload?.shape.isBlobSchema()) return { ...bound, [payload.name]: body };
    if (payload) return { ...bound, [payload.name]: readJson(payload.shape, parseJsonBody(body)) };
    return hasBodyMembers ? { ...(readJson(operation.input, parseJsonBody(body)) as Input), ...bound } : bound;
  },
  writeOutput(operation, output, requestId) {
    const { headers, status } = writeBindings(operation.output, output);
    const { payload, hasBodyMembers } = payloadOf(operation.output);
    const common = { ...headers, 'x-amzn-requestid': requestId };
    const answer = { status: status ?? operation.route?.status ?? 200, headers: { 'content-type': 'application/json', ...common } };
    if (payload?.shape.isBlobSchema()) return { ...answer, body: (output[payload.name] as Uint8Array | undefined) ?? utf8('') };
    if (payload) return { ...answer, body: utf8(JSON.stringify(writeJson(payload.shape, output[payload.name] ?? {}))) };
    return { ...answer, body: utf8(hasBodyMembers ? JSON.stringify(writeBodyMembers(operation, output)) : '') };
  },
  writeError: writeRestJsonError,
};

/** Over REST, a caller who may not is told so by the status too. Source: Lambda API Reference, "Common errors". */
const forbidden = new Set(['AccessDeniedException', 'UnrecognizedClientException', 'InvalidSignatureException', 'MissingAuthenticationTokenException', 'ExpiredTokenException']);

export function writeRestJsonError(...[model, error, , requestId]: Parameters<Protocol['writeError']>): ReturnType<Protocol['writeError']> {
  const modelled = errorModelOf(model, error);
  const bound = modelled ? writeBindings(modelled.shape, error.members) : { headers: {} };
  const shaped = modelled ? (writeJson(modelled.shape, error.members) as Record<string, unknown>) : error.members;
  return {
    status: forbidden.has(error.code) ? 403 : statusOf(model, error),
    headers: { ...bound.headers, 'content-type': 'application/json', 'x-amzn-requestid': requestId, 'x-amzn-errortype': error.code },
    // The model spells it `message` or `Message`; readers of either find it.
    body: utf8(JSON.stringify({ ...shaped, message: error.message, Message: error.message })),
  };
}

function writeBodyMembers(operation: OperationModel, output: Record<string, unknown>): unknown {
  const inBody = [...operation.output.structIterator()].filter(([, member]) => {
    const { httpHeader, httpResponseCode, httpPrefixHeaders } = member.getMergedTraits();
    return !httpHeader && !httpResponseCode && httpPrefixHeaders === undefined;
  });
  return writeJson(operation.output, Object.fromEntries(inBody.map(([name]) => [name, output[name]])));
}
