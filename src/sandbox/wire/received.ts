import { AwsError } from '../service.js';
import type { WireRequest } from '../world.js';

/** A request taken apart, everything still as it was signed. */
export interface Received {
  method: string;
  /** Path without the query, still percent-encoded. */
  path: string;
  /** Decoded, in the order of the URL; a parameter without `=` has the empty value. */
  query: [name: string, value: string][];
  headers: Record<string, string>;
  host: string;
  /** The S3 bucket, once it has been taken out of host or path. */
  bucket?: string;
}

/** Larger than any JSON or XML request that the simulated services accept (a synchronous invocation takes 6 MB). */
const largestBufferedBytes = 24 * 1024 * 1024;

export function receive(request: WireRequest): Received {
  const mark = request.url.indexOf('?');
  const path = mark < 0 ? request.url : request.url.slice(0, mark);
  const query = mark < 0 ? [] : readQuery(request.url.slice(mark + 1));
  return { method: request.method.toUpperCase(), path: path || '/', query, headers: request.headers, host: (request.headers['host'] ?? '').toLowerCase() };
}

/** `+` stays a plus sign: AWS's clients write a space as `%20`, and signatures are made over that form. */
function readQuery(text: string): [string, string][] {
  return text.split('&').filter((part) => part !== '').map((part) => {
    const equals = part.indexOf('=');
    return equals < 0 ? [decodeUri(part), ''] : [decodeUri(part.slice(0, equals)), decodeUri(part.slice(equals + 1))];
  });
}

export function queryValue(received: Received, name: string): string | undefined {
  return received.query.find(([key]) => key === name)?.[1];
}

/** Errors: InvalidURI when the percent-encoding is broken. */
export function decodeUri(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError('InvalidURI', "Couldn't parse the specified URI.");
  }
}

/** Errors: RequestEntityTooLarge (413) when the body is larger than any service accepts unstreamed. */
export async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > largestBufferedBytes) throw new AwsError('RequestEntityTooLarge', `Request must be smaller than ${largestBufferedBytes} bytes`, { status: 413 });
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}
