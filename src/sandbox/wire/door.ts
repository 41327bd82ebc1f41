import type { Iam } from '../iam/service.js';
import { AwsError, type CallContext, type Service } from '../service.js';
import { NoAnswer, type InternalCaller, type WireRequest, type WireResponse, type World } from '../world.js';
import { authenticate } from './authenticate.js';
import { announcedAlgorithm, checkedBody, decodedLength, isAwsChunked } from './body-checks.js';
import { catalogEntry, protocolOf, serviceOf, type CatalogEntry } from './catalog.js';
import { openConnection, type Connection } from './connection.js';
import { signatureClaim, type SignatureClaim } from './credential-scope.js';
import { arcRegions, mrapControlRegions } from './domains.js';
import { createFaultGate } from './fault-gate.js';
import { placeRequest, type Placement } from './placement.js';
import { refusal } from './refusals.js';
import { collect, receive, type Received } from './received.js';
import { restXml } from './rest-xml.js';
import { addressBucket } from './s3-addressing.js';
import { signingKey } from './signature.js';
import { createStrangers } from './strangers.js';
import type { Body, Input, Protocol } from './protocol.js';
import type { OperationModel, ServiceModel } from './service-model.js';

export interface DoorOptions {
  world: World;
  iam: Iam;
  /** The failure domains of this world; a request for any other finds nobody. */
  domains: ReadonlySet<string>;
  serviceNamed(name: string): Service | undefined;
}

export interface Door {
  /**
   * Answers one HTTP request as AWS would: signature, faults, permissions, then the service. Every refusal is an answer.
   * Errors: NoAnswer, when there is nothing to answer with; the client's own reason when it hung up.
   */
  handle(request: WireRequest): Promise<WireResponse>;
  /** A call from inside, with the same checks and without a wire. Errors: AwsError and NoAnswer. */
  call<Output>(service: string, operation: string, input: unknown, from: InternalCaller): Promise<Output>;
}

/** One request on its way through the door. */
interface Passage {
  request: WireRequest;
  /** As it was sent, which is what was signed. */
  signed: Received;
  /** The same with the bucket taken out. */
  received: Received;
  claim: SignatureClaim | undefined;
  entry: CatalogEntry | undefined;
  protocol: Protocol;
  requestId: string;
}

const fallbackProtocol = restXml({ xmlNamespace: '', wrapsErrors: true });

export function createDoor({ world, iam, domains, serviceNamed }: DoorOptions): Door {
  const gate = createFaultGate(world);
  const strangers = createStrangers((line) => { world.log('-', 'wire', line); });

  async function handle(request: WireRequest): Promise<WireResponse> {
    const requestId = world.random.uuid();
    const passage = open(request, requestId);
    let model: ServiceModel | undefined;
    let connection: Connection | undefined;
    try {
      const placement = placeRequest(request.domain, passage.entry, passage.claim, passage.received, domains);
      const origin = iam.keyring(passage.claim?.accessKeyId ?? '')?.origin ?? 'operator';
      connection = openConnection(world.faults, () => gate.unreachable(placement.domain, origin), request.signal);
      const { signal } = connection;
      await connection.carry(gate.admit({ service: passage.entry?.service ?? 'unknown', domain: placement.domain, origin, signal }));
      model = await passage.entry?.model();
      const response = await connection.carry(serve(passage, model, placement, signal));
      return finish(passage, response, connection);
    } catch (error) {
      connection?.close();
      return refuse(passage, model, error);
    }
  }

  function open(request: WireRequest, requestId: string): Passage {
    const signed = receive(request);
    const claim = signatureClaim(signed);
    const entry = catalogEntry(serviceOf(claim?.service ?? serviceOfHost(signed.host), signed.path));
    const received = entry?.service === 's3' ? addressBucket(signed) : signed;
    return { request, claim, entry, requestId, signed, received, protocol: entry ? protocolOf(entry, signed) : fallbackProtocol };
  }

  async function serve(passage: Passage, model: ServiceModel | undefined, placement: Placement, signal: AbortSignal): Promise<WireResponse> {
    const { entry, protocol, request, signed, received, claim, requestId } = passage;
    if (!entry || !model) throw unknownService(claim);
    const isS3 = protocol.errorStyle === 's3';
    const operation = protocol.namesOperationInHead ? protocol.operationOf(model, received, new Uint8Array()) : undefined;
    const body = operation?.streamingInput ? undefined : await collect(request.body);
    const now = world.clock.now();
    if (claim && !iam.keyring(claim.accessKeyId)) strangers.note(claim.accessKeyId, entry.service);
    const principal = authenticate(signed, claim, { keyring: iam.keyring, errorStyle: protocol.errorStyle, now, signedNow: request.receivedAt ?? now, body, isS3 });
    if (world.faults.credentials(principal.origin) === 'expired') throw refusal('expired-token', protocol.errorStyle, 'The security token included in the request is expired');
    const named = operation ?? protocol.operationOf(model, received, body ?? new Uint8Array());
    const input = isS3 ? await readCheckedInput(passage, named, body) : protocol.readInput(named, received, body ?? new Uint8Array());
    const call: CallContext = { region: placement.region, principal, requestId, signal, domain: placement.domain, host: signed.host };
    const output = await perform(entry.service, named.name, input, call);
    return protocol.writeOutput(named, (output ?? {}) as Record<string, unknown>, requestId);
  }

  /** S3's bodies are decoded and checked on the way; those that stream, while the service reads them. */
  async function readCheckedInput({ protocol, received, claim, request }: Passage, operation: OperationModel, collected: Uint8Array | undefined): Promise<Input> {
    let input: Input = {};
    const checked = checkedBody(received, collected ? piecesOf(collected) : request.body, {
      signing: claim && chunkSigning(received, claim),
      trailersOnly: operation.streamingInput !== undefined,
      onTrailingChecksums: (checksums) => Object.assign(input, checksums),
    });
    const body: Body = collected ? await collect(checked) : checked;
    input = protocol.readInput(operation, received, body);
    if (!operation.streamingInput) return input;
    const length = decodedLength(received);
    if (length !== undefined) input['ContentLength'] = length;
    const coding = withoutChunking(received.headers['content-encoding']);
    input['ChecksumAlgorithm'] ??= announcedAlgorithm(received);
    if (coding === undefined) delete input['ContentEncoding'];
    else input['ContentEncoding'] = coding;
    return input;
  }

  function chunkSigning(received: Received, claim: SignatureClaim): { signingKey: Buffer; date: string; scope: string; seedSignature: string } | undefined {
    const payload = received.headers['x-amz-content-sha256'] ?? '';
    if (!isAwsChunked(received) || payload === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') return undefined;
    if (!payload.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD')) throw new AwsError('NotImplemented', `The payload signing ${payload} is not modelled by the sandbox.`, { status: 501 });
    const secret = iam.keyring(claim.accessKeyId)?.secretAccessKey ?? '';
    return { signingKey: signingKey(secret, claim.scope), date: claim.date, scope: claim.scope, seedSignature: claim.signature };
  }

  async function perform(serviceName: string, operation: string, input: unknown, context: CallContext): Promise<unknown> {
    const service = serviceNamed(serviceName);
    const run = service?.operations[operation];
    if (!service || !run) throw notModelled(serviceName, operation);
    iam.authorize(serviceName, context.principal, context.region, service.permissions(operation, input, context));
    return run(input, context);
  }

  function finish(passage: Passage, response: WireResponse, connection: Connection): WireResponse {
    const headers = { date: new Date(world.clock.now()).toUTCString(), ...response.headers };
    if (response.body instanceof Uint8Array || passage.received.method === 'HEAD') {
      connection.close();
      const body = passage.received.method === 'HEAD' ? new Uint8Array() : response.body as Uint8Array;
      return { ...response, headers: { 'content-length': String(body.length), ...headers }, body };
    }
    return { ...response, headers, body: connection.stream(response.body) };
  }

  function refuse(passage: Passage, model: ServiceModel | undefined, error: unknown): WireResponse {
    if (error instanceof NoAnswer || passage.request.signal?.aborted) throw error;
    const answer = error instanceof AwsError ? error : unexpected(passage, error);
    const response = passage.protocol.writeError(model, answer, passage.received, passage.requestId);
    const length: Record<string, string> = passage.received.method === 'HEAD' ? {} : { 'content-length': String((response.body as Uint8Array).length) };
    return { ...response, headers: { date: new Date(world.clock.now()).toUTCString(), ...length, ...response.headers } };
  }

  /** Something in the sandbox broke. The client sees what AWS shows then; the sandbox's log has the reason. */
  function unexpected(passage: Passage, error: unknown): AwsError {
    world.log(passage.claim?.region ?? 'unknown', 'wire', `${passage.received.method} ${passage.received.path}: ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
    return new AwsError(passage.protocol.errorStyle === 's3' ? 'InternalError' : 'InternalFailure', 'The sandbox met an error of its own; its log has the details.', { status: 500 });
  }

  async function call<Output>(serviceName: string, operation: string, input: unknown, from: InternalCaller): Promise<Output> {
    const domain = internalDomain(serviceName, from.region);
    const connection = openConnection(world.faults, () => gate.unreachable(domain, from.principal.origin), from.signal);
    const context: CallContext = { region: from.region, principal: from.principal, requestId: world.random.uuid(), signal: connection.signal, domain };
    try {
      await connection.carry(gate.admit({ service: serviceName, domain, origin: from.principal.origin, signal: connection.signal }));
      return await connection.carry(perform(serviceName, operation, input, context)) as Output;
    } finally {
      connection.close();
    }
  }

  return { handle, call };
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The door that a call from inside takes: the same one that the service's endpoint is behind. */
function internalDomain(service: string, region: string): string {
  if (region === '*') return 'mrap';
  if (service === 'route53-recovery-cluster' && (arcRegions as readonly string[]).includes(region)) return `arc:${region}`;
  if (service === 's3-control' && (mrapControlRegions as readonly string[]).includes(region)) return `mrap-control:${region}`;
  return `region:${region}`;
}

function withoutChunking(codings: string | undefined): string | undefined {
  const rest = (codings ?? '').split(',').map((coding) => coding.trim()).filter((coding) => coding !== '' && coding !== 'aws-chunked');
  return rest.length === 0 ? undefined : rest.join(',');
}

/** For unsigned requests, which name their service nowhere else. */
function serviceOfHost(host: string): string {
  return /(^|\.)s3[.-]/.test(host) || host.includes('.s3-global.') ? 's3' : host.split('.')[0] ?? '';
}

function unknownService(claim: SignatureClaim | undefined): AwsError {
  if (!claim) return new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', { status: 403 });
  return new AwsError('NotImplemented', `The sandbox has no service that is signed for as ${claim.service}.`, { status: 501 });
}

function notModelled(service: string, operation: string): AwsError {
  const code = catalogEntry(service)?.protocol.errorStyle === 'json' ? 'UnknownOperationException' : 'NotImplemented';
  return new AwsError(code, `The sandbox does not model ${service}:${operation}.`, { status: code === 'NotImplemented' ? 501 : 400 });
}
