/**
 * Golomb codes of the gaps between positions (Golomb 1966; Gallager and van Voorhis 1975 show that they are the
 * best prefix code where each element is chosen with the same probability).
 *
 * A gap g (elements skipped since the last position) is written with modulus m as floor(g / m) zero bits, a one
 * bit, then g mod m in truncated binary: with b = ceil(log2 m) and c = 2^b - m, a remainder r < c takes b - 1
 * bits, another is written as r + c in b bits. Bits fill each byte from the highest down.
 */

/** Bits of a remainder (b) and the number of remainders that take one bit less (c). */
function remainderBits(modulus: number): { width: number; short: number } {
  const width = modulus === 1 ? 0 : 32 - Math.clz32(modulus - 1);
  return { width, short: 2 ** width - modulus };
}

/** Calls back with the quotient and the remainder of each gap. */
function divideGaps(
  positions: Uint32Array,
  modulus: number,
  each: (quotient: number, remainder: number) => void,
): void {
  let previous = -1;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!;
    const gap = position - previous - 1;
    const quotient = Math.floor(gap / modulus);
    each(quotient, gap - quotient * modulus);
    previous = position;
  }
}

/** Length in bits of the positions' code. */
export function golombLength(positions: Uint32Array, modulus: number): number {
  const { width, short } = remainderBits(modulus);
  let bits = positions.length * (1 + width);
  divideGaps(positions, modulus, (quotient, remainder) => {
    bits += quotient - (remainder < short ? 1 : 0);
  });
  return bits;
}

/**
 * The modulus, 1 to 2^32 - 1, that makes the code short: ln 2 times the mean gap, then neighbours of it (where
 * positions cluster, the best one is smaller) as long as they are shorter. Modulus 1 gives a bitmap, up to the
 * last position.
 */
export function golombModulus(positions: Uint32Array, elements: number): { modulus: number; bits: number } {
  const count = positions.length;
  let modulus = Math.max(1, Math.round(Math.LN2 * ((elements - count) / count + 0.5)));
  let bits = golombLength(positions, modulus);
  for (const factor of [0.8, 1.25]) {
    for (;;) {
      const next = Math.min(2 ** 32 - 1, Math.max(1, Math.round(modulus * factor)));
      const length = golombLength(positions, next);
      if (length >= bits) break;
      modulus = next;
      bits = length;
    }
  }
  const bitmap = positions[count - 1]! + 1;
  return bitmap < bits ? { modulus: 1, bits: bitmap } : { modulus, bits };
}

/** @param bits length of the code, as `golombLength` gives it */
export function golombEncode(positions: Uint32Array, modulus: number, bits: number): Uint8Array {
  const { width, short } = remainderBits(modulus);
  const bytes = new Uint8Array(Math.ceil(bits / 8));
  let bit = 0;
  const write = (value: number, length: number): void => {
    for (let left = length - 1; left >= 0; left--, bit++) {
      // Not a shift: there may be more than 2^32 bits.
      bytes[Math.floor(bit / 8)]! |= ((value >>> left) & 1) << (7 - (bit % 8));
    }
  };
  divideGaps(positions, modulus, (quotient, remainder) => {
    bit += quotient;
    write(1, 1);
    if (remainder < short) write(remainder, width - 1);
    else write(remainder + short, width);
  });
  return bytes;
}

/**
 * @param count number of positions, at most 8 for each byte
 * @param elements number that every position is below
 * @returns the positions, or undefined where the bytes are not the code of `count` such positions
 */
export function golombDecode(
  bytes: Uint8Array,
  modulus: number,
  count: number,
  elements: number,
): Uint32Array | undefined {
  const { width, short } = remainderBits(modulus);
  const low = Math.max(0, width - 1);
  // Zeros behind the end: reading 32 bits never leaves the buffer, and the unary part never ends in them.
  const padded = new Uint8Array(bytes.length + 16);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  const positions = new Uint32Array(count);
  let byte = 0;
  let bit = 0;
  let previous = -1;
  for (let i = 0; i < count; i++) {
    let quotient = 0;
    // 25 bits or more of the window are valid wherever in its byte it starts.
    let window = view.getUint32(byte) << bit;
    while (window >>> 7 === 0) {
      quotient += 25;
      bit += 25;
      byte += bit >>> 3;
      bit &= 7;
      if (byte > bytes.length) return undefined;
      window = view.getUint32(byte) << bit;
    }
    const zeros = Math.clz32(window);
    quotient += zeros;
    bit += zeros + 1;
    let remainder = 0;
    if (zeros + width < 25) {
      // The rest lies in the same window; a shift by 32 would be one by 0.
      window <<= zeros + 1;
      remainder = (window >>> 1) >>> (31 - low);
      bit += low;
      if (remainder >= short) {
        remainder = ((window >>> 1) >>> (31 - width)) - short;
        bit += width - low;
      }
    } else {
      const nextBit = (): number => (padded[byte + (bit >>> 3)]! >>> (7 - (bit++ & 7))) & 1;
      for (let left = low; left > 0; left--) remainder = remainder * 2 + nextBit();
      if (remainder >= short) remainder = remainder * 2 + nextBit() - short;
    }
    byte += bit >>> 3;
    bit &= 7;
    previous += 1 + quotient * modulus + remainder;
    if (previous >= elements) return undefined;
    positions[i] = previous;
  }
  const used = byte + (bit > 0 ? 1 : 0);
  const rest = bit > 0 ? padded[byte]! & (255 >>> bit) : 0;
  return used === bytes.length && rest === 0 ? positions : undefined;
}
