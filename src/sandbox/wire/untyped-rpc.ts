import { AwsError } from '../service.js';
import { writeUntypedJson } from './json-codec.js';
import { utf8, type Protocol } from './protocol.js';
import { NormalizedSchema } from '@smithy/core/schema';
import { jsonRpc } from './json-rpc.js';
import type { OperationModel, ServiceModel } from './service-model.js';

const document = NormalizedSchema.of(15);

/** A model that accepts every name: what exists is decided by the service's own table of operations. */
export const untypedModel: ServiceModel = { namespace: '', operations: new Map(), routed: [], errors: new Map() };

/**
 * awsJson1_1 for services that no client package here describes (EventBridge, CloudWatch Logs): JSON passes as it is,
 * which is right because neither has blobs or timestamps that need a model to be read.
 */
export const untypedJsonRpc: Protocol = {
  ...jsonRpc('1.1'),
  operationOf(_model, received): OperationModel {
    const target = received.headers['x-amz-target'] ?? '';
    const name = target.slice(target.lastIndexOf('.') + 1);
    if (name === '') throw new AwsError('UnknownOperationException', 'The request names no operation.');
    return { name, input: document, output: document };
  },
  writeOutput: (_operation, output, requestId) => ({
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': requestId },
    body: utf8(JSON.stringify(writeUntypedJson(output))),
  }),
};
