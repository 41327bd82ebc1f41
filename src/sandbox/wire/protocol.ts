import type { AwsError } from '../service.js';
import type { WireResponse } from '../world.js';
import type { Received } from './received.js';
import type { ErrorModel, OperationModel, ServiceModel } from './service-model.js';

/** How a service names the refusals that all services share (a bad signature, a missing permission). */
export type ErrorStyle = 's3' | 'json' | 'query';

export type Input = Record<string, unknown>;

/** A request body: collected, except for operations that stream it. */
export type Body = Uint8Array | AsyncIterable<Uint8Array>;

/** One wire protocol, seen from the server. */
export interface Protocol {
  errorStyle: ErrorStyle;
  /** True when method, path and headers name the operation, so that its body need not be collected first. */
  namesOperationInHead: boolean;
  /** Errors: the protocol's own for an operation that does not exist. */
  operationOf(model: ServiceModel, received: Received, body: Uint8Array): OperationModel;
  /** Errors: SerializationException or MalformedXML when the body is no such message. */
  readInput(operation: OperationModel, received: Received, body: Body): Input;
  writeOutput(operation: OperationModel, output: Record<string, unknown>, requestId: string): WireResponse;
  writeError(model: ServiceModel | undefined, error: AwsError, received: Received, requestId: string): WireResponse;
}

export function errorModelOf(model: ServiceModel | undefined, error: AwsError): ErrorModel | undefined {
  return model?.errors.get(error.code);
}

/** A service that names no status gets the one of its model. */
export function statusOf(model: ServiceModel | undefined, error: AwsError): number {
  return error.status === 400 ? errorModelOf(model, error)?.status ?? 400 : error.status;
}

export function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

export function textOf(body: Body): string {
  if (!(body instanceof Uint8Array)) throw new TypeError('a streamed body has no text');
  return Buffer.from(body).toString('utf8');
}
