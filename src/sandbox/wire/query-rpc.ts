import { AwsError } from '../service.js';
import { errorModelOf, statusOf, textOf, utf8, type Input, type Protocol } from './protocol.js';
import { decodeUri } from './received.js';
import { readXmlScalar, writeXml } from './xml-codec.js';
import { escapeXml } from './xml-text.js';
import type { Shape } from './service-model.js';

/** `A.member.1.B=x` as `{ A: { member: { 1: { B: 'x' } } } }`; the leaf's own value lies under the empty name. */
interface FormNode {
  value?: string;
  children: Map<string, FormNode>;
}

const statusByCode: Record<string, number> = {
  MissingAuthenticationToken: 403, InvalidClientTokenId: 403, SignatureDoesNotMatch: 403, ExpiredToken: 403, AccessDenied: 403,
  AuthorizationError: 403, InternalFailure: 500, ServiceUnavailable: 503, NotFound: 404,
};

/** awsQuery: STS, SNS, and CloudWatch for older clients. Source: Smithy, "AWS query protocol". */
export function queryRpc(xmlNamespace: string): Protocol {
  return {
    errorStyle: 'query',
    namesOperationInHead: false,
    operationOf(model, _received, body) {
      const action = parseForm(body).children.get('Action')?.value ?? '';
      const operation = model.operations.get(action);
      if (!operation) throw new AwsError('InvalidAction', `Could not find operation ${action}`);
      return operation;
    },
    readInput: (operation, _received, body) => (operation.input.isUnitSchema() ? {} : (readForm(operation.input, parseForm(body as Uint8Array)) as Input)),
    writeOutput(operation, output, requestId) {
      const result = operation.output.isUnitSchema() ? '' : writeXml(`${operation.name}Result`, operation.output, output);
      const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
      return xml(200, requestId, `<${operation.name}Response xmlns="${xmlNamespace}">${result}${metadata}</${operation.name}Response>`);
    },
    writeError(model, error, _received, requestId) {
      const code = errorModelOf(model, error)?.queryCode ?? error.code;
      const type = error.fault === 'client' ? 'Sender' : 'Receiver';
      const inner = `<Type>${type}</Type><Code>${escapeXml(code)}</Code><Message>${escapeXml(error.message)}</Message>`;
      const body = `<ErrorResponse xmlns="${xmlNamespace}"><Error>${inner}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
      return xml(statusByCode[code] ?? statusOf(model, error), requestId, body);
    },
  };
}

function xml(status: number, requestId: string, element: string): ReturnType<Protocol['writeError']> {
  return { status, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body: utf8(element) };
}

function parseForm(body: Uint8Array): FormNode {
  const root: FormNode = { children: new Map() };
  for (const pair of textOf(body).split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 0) continue;
    // Form encoding, unlike the query of a URL, writes a space as a plus sign.
    const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)].map((text) => decodeUri(text.replace(/\+/g, ' '))) as [string, string];
    let node = root;
    for (const part of name.split('.')) {
      const child = node.children.get(part) ?? { children: new Map() };
      node.children.set(part, child);
      node = child;
    }
    node.value = value;
  }
  return root;
}

function readForm(shape: Shape, node: FormNode): unknown {
  if (shape.isStructSchema()) {
    const result: Record<string, unknown> = {};
    for (const [name, member] of shape.structIterator()) {
      const child = node.children.get(member.getMergedTraits().xmlName ?? name) ?? node.children.get(name);
      if (child) result[name] = readForm(member, child);
    }
    return result;
  }
  if (shape.isListSchema()) return readList(shape, node);
  if (shape.isMapSchema()) return readMap(shape, node);
  return readXmlScalar(shape, node.value ?? '');
}

function readList(shape: Shape, node: FormNode): unknown[] {
  const flat = shape.getMergedTraits().xmlFlattened;
  const holder = flat ? node : node.children.get(shape.getValueSchema().getMergedTraits().xmlName ?? 'member') ?? node.children.get('member');
  return numbered(holder).map((child) => readForm(shape.getValueSchema(), child));
}

function readMap(shape: Shape, node: FormNode): Record<string, unknown> {
  const keyName = shape.getKeySchema().getMergedTraits().xmlName ?? 'key';
  const valueName = shape.getValueSchema().getMergedTraits().xmlName ?? 'value';
  const entries = numbered(shape.getMergedTraits().xmlFlattened ? node : node.children.get('entry'));
  return Object.fromEntries(entries.map((entry) => [entry.children.get(keyName)?.value ?? '', readForm(shape.getValueSchema(), entry.children.get(valueName) ?? { children: new Map() })]));
}

/** Children named 1, 2, … in that order, whatever order the form had them in. */
function numbered(node: FormNode | undefined): FormNode[] {
  return [...(node?.children ?? [])].filter(([name]) => /^\d+$/.test(name)).sort(([one], [other]) => Number(one) - Number(other)).map(([, child]) => child);
}
