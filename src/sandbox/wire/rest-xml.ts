import { AwsError } from '../service.js';
import type { WireResponse } from '../world.js';
import { statusOf, textOf, utf8, type Body, type Input, type Protocol } from './protocol.js';
import { matchRoute, payloadOf, readBindings, writeBindings } from './rest-bindings.js';
import { readXml, readXmlStructure, writeXml } from './xml-codec.js';
import { escapeXml, parseXml, type XmlElement } from './xml-text.js';
import type { Received } from './received.js';
import type { OperationModel, Shape } from './service-model.js';

/** S3's status codes of errors that its model does not list. Source: Amazon S3 API Reference, "Error responses". */
const statusByCode: Record<string, number> = {
  AccessDenied: 403, AllAccessDisabled: 403, InvalidAccessKeyId: 403, SignatureDoesNotMatch: 403, RequestTimeTooSkewed: 403,
  NoSuchBucket: 404, NoSuchKey: 404, NoSuchUpload: 404, NoSuchVersion: 404, NoSuchBucketPolicy: 404, NotFound: 404,
  NoSuchLifecycleConfiguration: 404, ReplicationConfigurationNotFoundError: 404, NoSuchTagSet: 404, NoSuchConfiguration: 404,
  NoSuchPublicAccessBlockConfiguration: 404, ServerSideEncryptionConfigurationNotFoundError: 404, OwnershipControlsNotFoundError: 404,
  NoSuchMultiRegionAccessPoint: 404, MethodNotAllowed: 405, BucketAlreadyExists: 409, BucketAlreadyOwnedByYou: 409, BucketNotEmpty: 409,
  OperationAborted: 409, ConditionalRequestConflict: 409, PreconditionFailed: 412, InvalidRange: 416, InternalError: 500,
  NotImplemented: 501, SlowDown: 503, ServiceUnavailable: 503, NotModified: 304, PermanentRedirect: 301, MissingContentLength: 411,
};

export interface RestXmlOptions {
  xmlNamespace: string;
  /** S3 answers a bare `<Error>`; S3 Control wraps it in an `<ErrorResponse>`. */
  wrapsErrors: boolean;
}

export function restXml({ xmlNamespace, wrapsErrors }: RestXmlOptions): Protocol {
  return {
    errorStyle: 's3',
    namesOperationInHead: true,
    operationOf(model, received) {
      const operation = matchRoute(model, received);
      if (!operation) throw new AwsError('NotImplemented', 'A header or query you provided implies functionality that is not implemented.', { status: 501 });
      return operation;
    },
    readInput,
    writeOutput: (operation, output, requestId) => writeOutput(operation, output, requestId, xmlNamespace),
    writeError(model, error, received, requestId) {
      const status = statusByCode[error.code] ?? statusOf(model, error);
      const headers = responseHeaders(requestId);
      // HEAD and 304 have no body in HTTP; clients tell the error by its status.
      if (received.method === 'HEAD' || status === 304) return { status, headers, body: utf8('') };
      const members = Object.entries({ ...error.members, RequestId: requestId, HostId: requestId }).map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`).join('');
      const inner = `<Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`;
      const body = wrapsErrors
        ? `<ErrorResponse><Error><Type>${error.fault === 'client' ? 'Sender' : 'Receiver'}</Type>${inner}</Error>${members}</ErrorResponse>`
        : `<Error>${inner}${members}</Error>`;
      return xmlResponse(status, headers, body);
    },
  };
}

function readInput(operation: OperationModel, received: Received, body: Body): Input {
  const input = readBindings(operation, received);
  const { payload, hasBodyMembers } = payloadOf(operation.input);
  if (operation.streamingInput) return { ...input, [operation.streamingInput]: body };
  if (body instanceof Uint8Array && body.length === 0) return input;
  if (payload?.shape.isBlobSchema()) return { ...input, [payload.name]: body };
  if (payload?.shape.isStringSchema()) return { ...input, [payload.name]: textOf(body) };
  if (payload) return { ...input, [payload.name]: readXml(payload.shape, parseBody(body)) };
  return hasBodyMembers ? { ...readXmlStructure(operation.input, parseBody(body)), ...input } : input;
}

function parseBody(body: Body): XmlElement {
  try {
    return parseXml(textOf(body).trim());
  } catch {
    throw new AwsError('MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema');
  }
}

function writeOutput(operation: OperationModel, output: Record<string, unknown>, requestId: string, xmlNamespace: string): WireResponse {
  const bound = writeBindings(operation.output, output);
  const headers = { ...bound.headers, ...responseHeaders(requestId) };
  const status = bound.status ?? successStatus(operation, output);
  const { payload, hasBodyMembers } = payloadOf(operation.output);
  if (payload) return writePayload(payload.shape, output[payload.name], status, headers, xmlNamespace);
  if (!hasBodyMembers) return { status, headers, body: utf8('') };
  const namespace = ` xmlns="${escapeXml(xmlNamespace)}"`;
  const name = operation.output.getMergedTraits().xmlName ?? operation.output.getName() ?? `${operation.name}Result`;
  // The one S3 answer whose single member is the root itself.
  if (operation.name === 'GetBucketLocation') return xmlResponse(status, headers, `<LocationConstraint${namespace}>${escapeXml(String(output['LocationConstraint'] ?? ''))}</LocationConstraint>`);
  return xmlResponse(status, headers, writeXml(name, operation.output, output, namespace));
}

function writePayload(shape: Shape, value: unknown, status: number, headers: Record<string, string>, xmlNamespace: string): WireResponse {
  if (value == null) return { status, headers, body: utf8('') };
  if (shape.isStringSchema()) return { status, headers, body: utf8(String(value)) };
  if (shape.isBlobSchema()) {
    // Answering with a content type of none makes browsers guess; S3 says binary/octet-stream.
    return { status, headers: { 'content-type': 'binary/octet-stream', ...headers }, body: value as Uint8Array | AsyncIterable<Uint8Array> };
  }
  const name = shape.getMergedTraits().xmlName ?? shape.getName() ?? 'Result';
  return xmlResponse(status, headers, writeXml(name, shape, value, ` xmlns="${escapeXml(xmlNamespace)}"`));
}

function successStatus(operation: OperationModel, output: Record<string, unknown>): number {
  return operation.name === 'GetObject' && output['ContentRange'] !== undefined ? 206 : operation.route?.status ?? 200;
}

function responseHeaders(requestId: string): Record<string, string> {
  return { 'x-amz-request-id': requestId, 'x-amz-id-2': requestId, server: 'AmazonS3' };
}

function xmlResponse(status: number, headers: Record<string, string>, element: string): WireResponse {
  const body = utf8(`<?xml version="1.0" encoding="UTF-8"?>\n${element}`);
  return { status, headers: { ...headers, 'content-type': 'application/xml', 'content-length': String(body.length) }, body };
}
