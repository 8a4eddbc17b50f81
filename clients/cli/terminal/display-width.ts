// How many columns of a terminal a text takes, and how it is cut to fewer. Knows wide characters and colours; nothing of tables.

import { once } from "../../../src/server/once.js";

/** Whole characters as people see them, so that no accent is torn from its letter and no emoji into parts. */
const characters = once(() => new Intl.Segmenter(undefined, { granularity: "grapheme" }));

/** Select Graphic Rendition, which is all that is written here: https://www.ecma-international.org/publications-and-standards/standards/ecma-48/ */
const colours = new RegExp(String.raw`${"\u001b"}\[[\d;]*m`, "g");

/** A fast way for what most cells are. */
const plainAscii = /^[\u0020-\u007e]*$/;

/**
 * What East Asian Width calls Wide or Fullwidth, in ranges first to last: https://www.unicode.org/Public/16.0.0/ucd/EastAsianWidth.txt
 * Unassigned characters between wide ones count as wide, as the standard says.
 */
const wideRanges: readonly (readonly [first: number, last: number])[] = [
  [0x11_00, 0x11_5f], // Hangul Jamo
  [0x23_1a, 0x23_1b], // watch, hourglass
  [0x23_29, 0x23_2a], // angle brackets
  [0x2e_80, 0x30_3e], // CJK radicals and punctuation
  [0x30_41, 0x4d_bf], // kana, CJK compatibility and extension A
  [0x4e_00, 0xa4_cf], // CJK ideographs, Yi
  [0xa9_60, 0xa9_7f], // Hangul Jamo extended A
  [0xac_00, 0xd7_a3], // Hangul syllables
  [0xf9_00, 0xfa_ff], // CJK compatibility ideographs
  [0xfe_10, 0xfe_19], // vertical forms
  [0xfe_30, 0xfe_6f], // CJK compatibility and small forms
  [0xff_01, 0xff_60], // fullwidth forms
  [0xff_e0, 0xff_e6], // fullwidth signs
  [0x1_6f_e0, 0x1_b2_ff], // Tangut, Khitan, kana supplements
  [0x2_00_00, 0x3_ff_fd], // CJK extensions B and later
];

const emoji = /\p{Emoji_Presentation}|\p{Emoji}\ufe0f/u;
/** Combining marks, joiners and the like take no column of their own. */
const noWidth = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u;

/** Columns; colours count nothing. Of text without control characters. */
export function displayWidth(text: string): number {
  const shown = withoutColours(text);
  if (plainAscii.test(shown)) return shown.length;
  let width = 0;
  for (const { segment } of characters().segment(shown)) width += characterWidth(segment);
  return width;
}

/** Filled up with spaces to so many columns; as it is when it takes more. */
export function padToWidth(text: string, width: number, side: "start" | "end" = "end"): string {
  const space = " ".repeat(Math.max(0, width - displayWidth(text)));
  return side === "end" ? `${text}${space}` : `${space}${text}`;
}

/** As it is when it fits, else as much of its beginning as fits with "…" behind it. Of text without colours; width of 1 or more. */
export function cutToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of characters().segment(text)) {
    used += characterWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

export function withoutColours(text: string): string {
  return text.replaceAll(colours, "");
}

function characterWidth(character: string): 0 | 1 | 2 {
  if (noWidth.test(character)) return 0;
  const code = character.codePointAt(0) ?? 0;
  if (wideRanges.some(([first, last]) => code >= first && code <= last)) return 2;
  return emoji.test(character) ? 2 : 1;
}
