import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** A running checksum; `digest` gives it as S3's headers have it, in base64. */
export interface RunningChecksum {
  update(bytes: Uint8Array): void;
  digest(): string;
}

/** The algorithms that clients send, by the end of their header `x-amz-checksum-…`. */
export const checksumAlgorithms = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

/** The member of S3's inputs and outputs that carries a checksum of the algorithm. */
export const checksumMember: Record<ChecksumAlgorithm, string> = {
  crc32: 'ChecksumCRC32', crc32c: 'ChecksumCRC32C', crc64nvme: 'ChecksumCRC64NVME', sha1: 'ChecksumSHA1', sha256: 'ChecksumSHA256',
};

export function createChecksum(algorithm: ChecksumAlgorithm | 'md5'): RunningChecksum {
  switch (algorithm) {
    case 'crc32': return crc32Checksum();
    case 'crc32c': return crc32cChecksum();
    case 'crc64nvme': return crc64NvmeChecksum();
    case 'md5':
    case 'sha1':
    case 'sha256': {
      const hash = createHash(algorithm);
      return { update: (bytes) => { hash.update(bytes); }, digest: () => hash.digest('base64') };
    }
  }
}

function crc32Checksum(): RunningChecksum {
  let value = 0;
  return { update: (bytes) => { value = crc32(bytes, value); }, digest: () => base64Of(value) };
}

/** The Castagnoli polynomial, bits reversed (RFC 3720, appendix B.4). */
const castagnoli = 0x82f63b78;
let castagnoliTable: Uint32Array | undefined;

function crc32cChecksum(): RunningChecksum {
  const table = (castagnoliTable ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ castagnoli : value >>> 1;
    return value >>> 0;
  }));
  let value = 0xffffffff;
  return {
    update: (bytes) => {
      for (let index = 0; index < bytes.length; index += 1) value = (value >>> 8) ^ (table[(value ^ (bytes[index] as number)) & 0xff] as number);
    },
    digest: () => base64Of((value ^ 0xffffffff) >>> 0),
  };
}

/** CRC-64/NVME, bits reversed, as two halves: BigInt arithmetic would be too slow for bodies of gigabytes. */
const nvmeHigh = 0x9a6c9329;
const nvmeLow = 0xac4bc9b5;
let nvmeTables: { high: Uint32Array; low: Uint32Array } | undefined;

function crc64NvmeChecksum(): RunningChecksum {
  const { high: highTable, low: lowTable } = (nvmeTables ??= makeNvmeTables());
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update: (bytes) => {
      for (let index = 0; index < bytes.length; index += 1) {
        const entry = (low ^ (bytes[index] as number)) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ (lowTable[entry] as number);
        high = (high >>> 8) ^ (highTable[entry] as number);
      }
    },
    digest: () => {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32BE((high ^ 0xffffffff) >>> 0, 0);
      bytes.writeUInt32BE((low ^ 0xffffffff) >>> 0, 4);
      return bytes.toString('base64');
    },
  };
}

function makeNvmeTables(): { high: Uint32Array; low: Uint32Array } {
  const tables = { high: new Uint32Array(256), low: new Uint32Array(256) };
  for (let byte = 0; byte < 256; byte += 1) {
    let high = 0;
    let low = byte;
    for (let bit = 0; bit < 8; bit += 1) {
      const carries = low & 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (carries) {
        low ^= nvmeLow;
        high ^= nvmeHigh;
      }
    }
    tables.high[byte] = high >>> 0;
    tables.low[byte] = low >>> 0;
  }
  return tables;
}

function base64Of(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes.toString('base64');
}
