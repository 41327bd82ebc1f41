import { AwsError } from '../service.js';
import { errorModelOf, statusOf, utf8, type Protocol } from './protocol.js';
import { readJson, writeJson } from './json-codec.js';
import { parseJsonBody } from './rest-json.js';
import type { ServiceModel } from './service-model.js';

/** awsJson1_0 and 1_1: the operation is named by `X-Amz-Target`. Source: Smithy, "AWS JSON protocols". */
export function jsonRpc(version: '1.0' | '1.1', queryCompatible = false): Protocol {
  const contentType = `application/x-amz-json-${version}`;
  return {
    errorStyle: 'json',
    namesOperationInHead: true,
    operationOf(model, received) {
      const target = received.headers['x-amz-target'] ?? '';
      const operation = model.operations.get(target.slice(target.lastIndexOf('.') + 1));
      if (!operation) throw new AwsError('UnknownOperationException', `The requested operation ${target} does not exist.`);
      return operation;
    },
    readInput: (operation, _received, body) => (operation.input.isUnitSchema() ? {} : (readJson(operation.input, parseJsonBody(body)) as Record<string, unknown>)),
    writeOutput: (operation, output, requestId) => ({
      status: 200,
      headers: { 'content-type': contentType, 'x-amzn-requestid': requestId },
      body: utf8(JSON.stringify(operation.output.isUnitSchema() ? {} : writeJson(operation.output, output))),
    }),
    writeError(model, error, received, requestId) {
      const { type, members, queryError } = describeError(model, error, queryCompatible && received.headers['x-amzn-query-mode'] === 'true');
      return {
        status: statusOf(model, error),
        headers: { 'content-type': contentType, 'x-amzn-requestid': requestId, ...queryError },
        body: utf8(JSON.stringify({ __type: type, ...members })),
      };
    },
  };
}

/** What the body and the headers of an error of an RPC protocol say. */
export function describeError(model: ServiceModel | undefined, error: AwsError, queryMode: boolean): { type: string; members: Record<string, unknown>; queryError: Record<string, string> } {
  const modelled = errorModelOf(model, error);
  const shaped = modelled ? (writeJson(modelled.shape, error.members) as Record<string, unknown>) : error.members;
  const queryError: Record<string, string> = queryMode
    ? { 'x-amzn-query-error': `${modelled?.queryCode ?? error.code};${error.fault === 'client' ? 'Sender' : 'Receiver'}` }
    : {};
  return {
    type: modelled && model ? `${model.namespace}#${modelled.name}` : error.code,
    members: { ...shaped, message: error.message, Message: error.message },
    queryError,
  };
}
