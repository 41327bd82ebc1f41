import { AwsError } from '../../service.js';
import { invalidRange, invalidRequest } from './errors.js';
import type { ObjectContent } from './model.js';

/** `start` inclusive, `end` exclusive. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * The piece of an object that a read asks for, by Range or by part number; undefined means all of it. As RFC 9110
 * wants, a Range that S3 cannot understand (several ranges, other units) is ignored; one beyond the end is 416.
 */
export function askedForRange(content: ObjectContent, input: { Range?: string; PartNumber?: number }): ByteRange | undefined {
  if (input.PartNumber !== undefined) {
    if (input.Range !== undefined) throw invalidRequest('Cannot specify both Range header and partNumber query parameter');
    return partRange(content, input.PartNumber);
  }
  return input.Range === undefined ? undefined : parseRange(input.Range, content.size);
}

function partRange(content: ObjectContent, number: number): ByteRange | undefined {
  const parts = content.parts;
  if (!parts && number === 1) return undefined;
  const part = parts?.find((candidate) => candidate.number === number);
  if (!part) throw new AwsError('InvalidPartNumber', 'The requested partnumber is not satisfiable', { status: 416, members: { PartNumberRequested: number, ActualPartCount: parts?.length ?? 1 } });
  return { start: part.offset, end: part.offset + part.size };
}

export function parseRange(header: string, size: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.replace(/\s/g, ''));
  const [, first = '', last = ''] = match ?? [];
  if (!match || (first === '' && last === '')) return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    if (length === 0) throw invalidRange(size);
    return { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) throw invalidRange(size);
  return { start, end: last === '' ? size : Math.min(Number(last) + 1, size) };
}

/** `x-amz-copy-source-range` has one form only, and must lie inside the source. */
export function parseCopyRange(header: string, size: number): ByteRange {
  const match = /^bytes=(\d+)-(\d+)$/.exec(header);
  const [, first, last] = match ?? [];
  const start = Number(first);
  const end = Number(last) + 1;
  if (!match || end <= start) throw new AwsError('InvalidArgument', 'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy', { members: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header } });
  if (end > size) throw new AwsError('InvalidArgument', `Range specified is not valid for source object of size: ${size}`, { members: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header } });
  return { start, end };
}
