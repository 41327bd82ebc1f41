import { createHash, createHmac } from 'node:crypto';
import { AwsError } from '../service.js';

/** What the first signature of a request hands on to its chunks, when each chunk is signed. */
export interface ChunkSigning {
  signingKey: Buffer;
  /** `20261121T061500Z` */
  date: string;
  scope: string;
  seedSignature: string;
}

export interface ChunkedOptions {
  /** `x-amz-decoded-content-length`; the body is refused when it yields another length. */
  decodedLength?: number;
  signing?: ChunkSigning;
  /** Called at the end with the trailing headers, names in lower case. */
  onTrailers?: (trailers: Record<string, string>) => void;
}

const emptyHash = createHash('sha256').update('').digest('hex');
/** A chunk header or trailer is far shorter; longer means that this is no chunked body. */
const longestLineBytes = 16 * 1024;

/**
 * Decodes `Content-Encoding: aws-chunked` as it comes, without holding more than one received piece. Source: Amazon S3
 * API Reference, "Signature calculations: transferring payload in multiple chunks".
 * Errors: IncompleteBody when it ends early or has another length; SignatureDoesNotMatch for a chunk badly signed.
 */
export async function* decodeAwsChunked(source: AsyncIterable<Uint8Array>, options: ChunkedOptions = {}): AsyncGenerator<Uint8Array> {
  const reader = new PieceReader(source);
  let signature = options.signing?.seedSignature ?? '';
  let decoded = 0;
  for (;;) {
    const [size = '', ...extensions] = (await reader.line()).split(';');
    const length = /^[0-9a-f]+$/i.test(size.trim()) ? parseInt(size, 16) : NaN;
    if (Number.isNaN(length)) throw incomplete();
    const hash = options.signing && createHash('sha256');
    for await (const piece of reader.take(length)) {
      hash?.update(piece);
      decoded += piece.length;
      yield piece;
    }
    if (options.signing && hash) signature = checkChunk(options.signing, signature, hash.digest('hex'), extensions);
    if (length === 0) break;
    if ((await reader.line()) !== '') throw incomplete();
  }
  const trailers = await readTrailers(reader, options.signing, signature);
  if (options.decodedLength !== undefined && decoded !== options.decodedLength) throw incomplete();
  options.onTrailers?.(trailers);
}

async function readTrailers(reader: PieceReader, signing: ChunkSigning | undefined, previous: string): Promise<Record<string, string>> {
  const trailers: Record<string, string> = {};
  for (;;) {
    const line = await reader.line({ orEnd: true });
    if (line === '') break;
    const colon = line.indexOf(':');
    if (colon < 0) throw incomplete();
    trailers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  const { 'x-amz-trailer-signature': given, ...signed } = trailers;
  if (signing && Object.keys(signed).length > 0) {
    const text = Object.entries(signed).sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, value]) => `${name}:${value}\n`).join('');
    const wanted = sign(signing, 'AWS4-HMAC-SHA256-TRAILER', [previous, createHash('sha256').update(text).digest('hex')]);
    if (given !== wanted) throw mismatch();
  }
  return signed;
}

function checkChunk(signing: ChunkSigning, previous: string, hash: string, extensions: string[]): string {
  const wanted = sign(signing, 'AWS4-HMAC-SHA256-PAYLOAD', [previous, emptyHash, hash]);
  if (!extensions.some((extension) => extension.trim() === `chunk-signature=${wanted}`)) throw mismatch();
  return wanted;
}

function sign(signing: ChunkSigning, algorithm: string, parts: string[]): string {
  const text = [algorithm, signing.date, signing.scope, ...parts].join('\n');
  return createHmac('sha256', signing.signingKey).update(text).digest('hex');
}

function incomplete(): AwsError {
  return new AwsError('IncompleteBody', 'The request body terminated unexpectedly');
}

function mismatch(): AwsError {
  return new AwsError('SignatureDoesNotMatch', 'The signature of a chunk does not match the signature you provided.', { status: 403 });
}

/** Lines and byte counts out of a stream of arbitrary pieces. */
class PieceReader {
  private readonly pieces: AsyncIterator<Uint8Array>;
  private rest: Buffer = Buffer.alloc(0);
  private ended = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.pieces = source[Symbol.asyncIterator]();
  }

  /** The next line without its CRLF. At the end of the stream: IncompleteBody, or what is left with `orEnd`. */
  async line({ orEnd = false } = {}): Promise<string> {
    for (;;) {
      const end = this.rest.indexOf('\r\n');
      if (end >= 0) {
        const line = this.rest.toString('latin1', 0, end);
        this.rest = this.rest.subarray(end + 2);
        return line;
      }
      if (this.rest.length > longestLineBytes) throw incomplete();
      if (!(await this.more())) {
        if (!orEnd) throw incomplete();
        const line = this.rest.toString('latin1');
        this.rest = Buffer.alloc(0);
        return line;
      }
    }
  }

  async* take(length: number): AsyncGenerator<Uint8Array> {
    let missing = length;
    while (missing > 0) {
      if (this.rest.length === 0 && !(await this.more())) throw incomplete();
      const piece = this.rest.subarray(0, missing);
      this.rest = this.rest.subarray(piece.length);
      missing -= piece.length;
      if (piece.length > 0) yield piece;
    }
  }

  private async more(): Promise<boolean> {
    if (this.ended) return false;
    const { value, done } = await this.pieces.next();
    if (done) {
      this.ended = true;
      return false;
    }
    const piece = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    this.rest = this.rest.length === 0 ? piece : Buffer.concat([this.rest, piece]);
    return true;
  }
}
