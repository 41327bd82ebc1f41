import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { bigEndian32, combineCrcs, runningCrc32c, runningCrc64Nvme } from './crc.js';
import type { RunningCrc } from './crc.js';
import { badDigest, invalidRequest, notImplemented } from './errors.js';
import type { ChecksumName, ChecksumType, StoredChecksum } from './model.js';

/** The checksum members that inputs and outputs of S3 operations share. */
export interface ChecksumMembers {
  ChecksumCRC32?: string;
  ChecksumCRC32C?: string;
  ChecksumCRC64NVME?: string;
  ChecksumSHA1?: string;
  ChecksumSHA256?: string;
}

export const checksumNames: readonly ChecksumName[] = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'];

/** S3 keeps this one when the client sends none. */
export const defaultChecksum: ChecksumName = 'CRC64NVME';

export function memberOf(algorithm: ChecksumName): keyof ChecksumMembers {
  return `Checksum${algorithm}`;
}

export function isChecksumName(text: string): text is ChecksumName {
  return (checksumNames as readonly string[]).includes(text);
}

/** The one checksum that the request carries or announces, if any. Two are refused, as S3 does. */
export function askedChecksum(input: ChecksumMembers & { ChecksumAlgorithm?: string }): { algorithm: ChecksumName; value?: string } | undefined {
  const given = checksumNames.filter((name) => input[memberOf(name)] !== undefined);
  if (given.length > 1) throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  const [algorithm] = given;
  if (algorithm !== undefined) return { algorithm, value: input[memberOf(algorithm)]! };
  const announced = input.ChecksumAlgorithm;
  if (announced === undefined) return undefined;
  if (!isChecksumName(announced)) throw notImplemented(`Checksum algorithm ${announced}`);
  return { algorithm: announced };
}

export function runningChecksum(algorithm: ChecksumName): RunningCrc {
  switch (algorithm) {
    case 'CRC32': return runningCrc32();
    case 'CRC32C': return runningCrc32c();
    case 'CRC64NVME': return runningCrc64Nvme();
    case 'SHA1':
    case 'SHA256': {
      const hash = createHash(algorithm.toLowerCase());
      return { update: (chunk) => { hash.update(chunk); }, digest: () => hash.digest() };
    }
  }
}

function runningCrc32(): RunningCrc {
  let crc = 0;
  return { update: (chunk) => { crc = crc32(chunk, crc); }, digest: () => bigEndian32(crc) };
}

export function verifyChecksum(algorithm: ChecksumName, expected: string | undefined, calculated: string): void {
  if (expected !== undefined && expected !== calculated) throw badDigest(algorithm);
}

/** S3 joins CRC64NVME to one of the whole object and the others to a checksum of checksums, unless told otherwise. */
export function defaultType(algorithm: ChecksumName): ChecksumType {
  return algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
}

/** Refuses what S3 refuses: hashes cannot cover a whole multipart object, CRC64NVME cannot be composite. */
export function checkType(algorithm: ChecksumName, type: ChecksumType): void {
  const possible = type === 'FULL_OBJECT' ? algorithm.startsWith('CRC') : algorithm !== 'CRC64NVME';
  if (!possible) throw invalidRequest(`The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`);
}

/** The checksum of a multipart object from those of its parts, in order. */
export function joinChecksums(algorithm: ChecksumName, type: ChecksumType, parts: { value: string; length: number }[]): StoredChecksum {
  if (type === 'FULL_OBJECT') {
    if (algorithm === 'SHA1' || algorithm === 'SHA256') throw invalidRequest(`${algorithm} has no full-object checksum`);
    return { algorithm, type, value: combineCrcs(algorithm, parts) };
  }
  const running = runningChecksum(algorithm);
  for (const part of parts) running.update(Buffer.from(part.value, 'base64'));
  return { algorithm, type, value: `${base64(running.digest())}-${parts.length}` };
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** The members that tell a stored checksum. */
export function checksumMembers(checksum: StoredChecksum | undefined): ChecksumMembers & { ChecksumType?: ChecksumType } {
  return checksum === undefined ? {} : { [memberOf(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type };
}
