import { cborRpc } from './cbor-rpc.js';
import { jsonRpc } from './json-rpc.js';
import { queryRpc } from './query-rpc.js';
import { restJson } from './rest-json.js';
import { restXml } from './rest-xml.js';
import { recoveryControlConfigRoutes, routedModel, routedRestJson, schedulerRoutes } from './routed-rest.js';
import { readServiceModel, type ServiceModel } from './service-model.js';
import { untypedJsonRpc, untypedModel } from './untyped-rpc.js';
import type { ErrorStyle, Protocol } from './protocol.js';
import type { Received } from './received.js';

/** How one service is spoken to. */
export interface CatalogEntry {
  /** The name in the world's registry of services. */
  service: string;
  /** The protocol of most requests. */
  protocol: Protocol;
  /** What older or newer clients speak to the same service. */
  otherProtocols?: (received: Received) => Protocol | undefined;
  /** Loaded at the first request: client packages take tens of milliseconds each, and a sandbox must start quickly. */
  model(): Promise<ServiceModel>;
  /** Served from one Region, whatever Region the client is in. */
  globalIn?: string;
}

const s3Namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';
const s3ControlNamespace = 'http://awss3control.amazonaws.com/doc/2018-08-20/';
const queryDocuments = {
  cloudWatch: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
  sns: 'http://sns.amazonaws.com/doc/2010-03-31/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
};

const json10 = jsonRpc('1.0');
const json11 = jsonRpc('1.1');
const queryCompatibleJson = jsonRpc('1.0', true);
const cloudWatchQuery = queryRpc(queryDocuments.cloudWatch);

const catalog: CatalogEntry[] = [
  { service: 's3', protocol: restXml({ xmlNamespace: s3Namespace, wrapsErrors: false }), model: once(() => import('@aws-sdk/client-s3')) },
  { service: 's3-control', protocol: restXml({ xmlNamespace: s3ControlNamespace, wrapsErrors: true }), model: once(() => import('@aws-sdk/client-s3-control')) },
  { service: 'dynamodb', protocol: json10, model: once(() => import('@aws-sdk/client-dynamodb')) },
  { service: 'states', protocol: json10, model: once(() => import('@aws-sdk/client-sfn')) },
  { service: 'route53-recovery-cluster', protocol: json10, model: once(() => import('@aws-sdk/client-route53-recovery-cluster')) },
  { service: 'ssm', protocol: json11, model: once(() => import('@aws-sdk/client-ssm')) },
  { service: 'sqs', protocol: queryCompatibleJson, model: once(() => import('@aws-sdk/client-sqs')) },
  { service: 'monitoring', protocol: queryCompatibleJson, otherProtocols: cloudWatchProtocol, model: once(() => import('@aws-sdk/client-cloudwatch')) },
  { service: 'lambda', protocol: restJson, model: once(() => import('@aws-sdk/client-lambda')) },
  { service: 'ses', protocol: restJson, model: once(() => import('@aws-sdk/client-sesv2')) },
  { service: 'sns', protocol: queryRpc(queryDocuments.sns), model: once(() => import('@aws-sdk/client-sns')) },
  { service: 'sts', protocol: queryRpc(queryDocuments.sts), model: once(() => import('@aws-sdk/client-sts')) },
  { service: 'route53-recovery-control-config', protocol: routedRestJson, model: async () => routedModel(recoveryControlConfigRoutes), globalIn: 'us-west-2' },
  { service: 'scheduler', protocol: routedRestJson, model: async () => routedModel(schedulerRoutes) },
  { service: 'events', protocol: untypedJsonRpc, model: async () => untypedModel },
  { service: 'logs', protocol: untypedJsonRpc, model: async () => untypedModel },
];
const byService = new Map(catalog.map((entry) => [entry.service, entry]));

/** Services that can be called over the wire, by their names in the registry. */
export const wireServices: readonly string[] = catalog.map((entry) => entry.service);

export function catalogEntry(service: string): CatalogEntry | undefined {
  return byService.get(service);
}

/** The signing name and, for the two services that share one, the path tell the service. */
export function serviceOf(signingName: string, path: string): string {
  return signingName === 's3' && path.startsWith('/v20180820/') ? 's3-control' : signingName;
}

export function protocolOf(entry: CatalogEntry, received: Received): Protocol {
  return entry.otherProtocols?.(received) ?? entry.protocol;
}

/** How a service names refusals; services that are not on the wire are spoken to by their own kind only. */
export function errorStyleOf(service: string): ErrorStyle {
  return byService.get(service)?.protocol.errorStyle ?? 'query';
}

function cloudWatchProtocol(received: Received): Protocol | undefined {
  if (received.headers['smithy-protocol'] === 'rpc-v2-cbor') return cborRpc;
  return (received.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded') ? cloudWatchQuery : undefined;
}

function once(load: () => Promise<object>): () => Promise<ServiceModel> {
  let model: Promise<ServiceModel> | undefined;
  return () => (model ??= load().then(readServiceModel));
}
