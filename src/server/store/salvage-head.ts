// The head row of a damaged store, where its checksum proves one that differs in at most one byte. In it is the secret of which
// all holder keys are made, so nothing less than a proof will do.

import { checksumOf } from "./checksum.js";
import { headColumns, headOfRow } from "./head.js";
import type { Head } from "./head.js";
import { mendText, nearlyEqual } from "./mend-text.js";

/** `values`: in the order of `headColumns`, texts as bytes. `null` when no head is proven. */
export function provenHead(values: readonly unknown[]): Head | null {
  const texts = values.map(textOf);
  const checksum = texts.pop() ?? "";
  if (nearlyEqual(checksumOf(texts.join("\n")), checksum)) return headFrom(values, texts);
  for (const [index, value] of values.slice(0, -1).entries()) {
    const isRight = (text: string): boolean =>
      checksumOf(texts.with(index, text).join("\n")) === checksum;
    const mended =
      typeof value === "number"
        ? mendInteger(value, isRight)
        : mendText(value instanceof Uint8Array ? value : new Uint8Array(), isRight);
    if (mended !== null) return headFrom(values, texts.with(index, mended));
  }
  return null;
}

function headFrom(values: readonly unknown[], texts: readonly string[]): Head {
  const fields = texts.map((text, index) => {
    return [headColumns[index], typeof values[index] === "number" ? Number(text) : text] as const;
  });
  return headOfRow(Object.fromEntries(fields));
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : String(value);
}

/** One wrong byte of a whole number as SQLite stores it: big-endian, up to 8 bytes. */
function mendInteger(value: number, isRight: (text: string) => boolean): string | null {
  if (!Number.isSafeInteger(value)) return null;
  for (let byte = 0; byte < 8; byte++) {
    for (let mask = 1; mask < 256; mask++) {
      const text = String(BigInt.asIntN(64, BigInt(value) ^ (BigInt(mask) << BigInt(8 * byte))));
      if (isRight(text)) return text;
    }
  }
  return null;
}
