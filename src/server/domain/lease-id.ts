// Makes lease ids: public, unique, sortable by grant. "<generation in base 32>-<random>": the random part keeps two ids
// apart even if a generation were ever used twice (a failed commit, a lost data directory).

import type { Random } from "./boundaries.js";

/** Crockford's base 32: no letter that reads like a digit. https://www.crockford.com/base32.html */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
/** 11 digits of base 32 hold 55 bits: every safe integer. */
const generationDigits = 11;
/** 40 random bits. */
const randomDigits = 8;

export function makeLeaseId(generation: number, random: Random): string {
  let digits = "";
  for (let rest = generation, count = 0; count < generationDigits; count += 1) {
    digits = `${alphabet.charAt(rest % 32)}${digits}`;
    rest = Math.floor(rest / 32);
  }
  let suffix = "";
  for (const byte of random.bytes(randomDigits)) suffix += alphabet.charAt(byte & 31);
  return `${digits}-${suffix}`;
}

/** The longest lease id this and later versions make; longer ones are refused unread. */
export const leaseIdLengthMax = 32;
