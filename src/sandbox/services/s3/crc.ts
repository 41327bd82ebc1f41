/**
 * The two cyclic checksums of S3 that Node has no native code for, and the joining of checksums of adjacent pieces
 * without reading them again (all three CRCs of S3 are linear, so S3 can tell a whole object's from its parts').
 */

export interface RunningCrc {
  update(chunk: Uint8Array): void;
  /** Big-endian bytes, as S3 puts them into Base64. */
  digest(): Uint8Array;
}

/** Reflected polynomials. CRC-64/NVME: NVM Express NVM Command Set specification; CRC-32C: RFC 3720, appendix B.4. */
const crc32cPolynomial = 0x82f63b78;
const crc64High = 0x9a6c9329;
const crc64Low = 0xac4bc9b5;

let crc32cTable: Uint32Array | undefined;
let crc64Tables: { high: Uint32Array; low: Uint32Array } | undefined;

export function runningCrc32c(): RunningCrc {
  const table = (crc32cTable ??= makeCrc32cTable());
  let crc = 0xffffffff;
  return {
    update: (chunk) => {
      let current = crc;
      for (let index = 0; index < chunk.length; index += 1) current = (current >>> 8) ^ table[(current ^ chunk[index]!) & 0xff]!;
      crc = current;
    },
    digest: () => bigEndian32(~crc >>> 0),
  };
}

export function runningCrc64Nvme(): RunningCrc {
  const { high: highTable, low: lowTable } = (crc64Tables ??= makeCrc64Tables());
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update: (chunk) => {
      let currentHigh = high;
      let currentLow = low;
      for (let index = 0; index < chunk.length; index += 1) {
        const slot = (currentLow ^ chunk[index]!) & 0xff;
        currentLow = ((currentLow >>> 8) | (currentHigh << 24)) ^ lowTable[slot]!;
        currentHigh = (currentHigh >>> 8) ^ highTable[slot]!;
      }
      high = currentHigh;
      low = currentLow;
    },
    digest: () => Buffer.concat([bigEndian32(~high >>> 0), bigEndian32(~low >>> 0)]),
  };
}

export function bigEndian32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

function makeCrc32cTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ crc32cPolynomial : crc >>> 1;
    return crc >>> 0;
  });
}

function makeCrc64Tables(): { high: Uint32Array; low: Uint32Array } {
  const tables = { high: new Uint32Array(256), low: new Uint32Array(256) };
  for (let byte = 0; byte < 256; byte += 1) {
    let high = 0;
    let low = byte;
    for (let bit = 0; bit < 8; bit += 1) {
      const carry = low & 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (carry) { high ^= crc64High; low ^= crc64Low; }
    }
    tables.high[byte] = high;
    tables.low[byte] = low;
  }
  return tables;
}

export type CombinableCrc = 'CRC32' | 'CRC32C' | 'CRC64NVME';

const fields: Record<CombinableCrc, { width: bigint; polynomial: bigint }> = {
  CRC32: { width: 32n, polynomial: 0xedb88320n },
  CRC32C: { width: 32n, polynomial: BigInt(crc32cPolynomial) },
  CRC64NVME: { width: 64n, polynomial: (BigInt(crc64High) << 32n) | BigInt(crc64Low) },
};

/** Joins checksums (Base64) of pieces laid end to end. An empty list gives the checksum of nothing. */
export function combineCrcs(algorithm: CombinableCrc, pieces: { value: string; length: number }[]): string {
  const { width } = fields[algorithm];
  const shifts = new Map<number, bigint>();
  let joined = 0n;
  for (const piece of pieces) {
    const crc = BigInt(`0x${Buffer.from(piece.value, 'base64').toString('hex')}`);
    let shift = shifts.get(piece.length);
    if (shift === undefined) shifts.set(piece.length, (shift = powerOfX(algorithm, BigInt(piece.length) * 8n)));
    joined = multiply(algorithm, shift, joined) ^ crc;
  }
  return Buffer.from(joined.toString(16).padStart(Number(width / 4n), '0'), 'hex').toString('base64');
}

/** Product of two polynomials modulo the CRC's, bits reflected: the top bit is the constant term. */
function multiply(algorithm: CombinableCrc, left: bigint, right: bigint): bigint {
  const { width, polynomial } = fields[algorithm];
  let product = 0n;
  let shifted = right;
  for (let mask = 1n << (width - 1n); mask > 0n; mask >>= 1n) {
    if (left & mask) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
  }
  return product;
}

function powerOfX(algorithm: CombinableCrc, exponent: bigint): bigint {
  const { width } = fields[algorithm];
  let power = 1n << (width - 1n);
  let square = 1n << (width - 2n);
  for (let remaining = exponent; remaining > 0n; remaining >>= 1n) {
    if (remaining & 1n) power = multiply(algorithm, power, square);
    square = multiply(algorithm, square, square);
  }
  return power;
}
