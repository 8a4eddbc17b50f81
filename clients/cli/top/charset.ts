// Lines for terminals that cannot show all characters: what is drawn here gets a counterpart in ASCII, anything else a question mark.

import { displayWidth } from "../terminal/display-width.js";
import type { Charset } from "./canvas.js";

/** All that the CLI draws beyond ASCII. */
const counterparts: Readonly<Record<string, string>> = { "█": "#", "░": "-", "…": "~" };

const drawn = /[█░…]/gu;
const beyondAscii = /\P{ASCII}/u;
const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What a terminal shows. Of the locale's variables the first that is set counts:
 * https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap08.html#tag_08_02. On Windows Node writes UTF-16 to consoles,
 * whatever the code page: https://docs.libuv.org/en/v1.x/tty.html
 */
export function terminalCharset(environment: Environment, platform: NodeJS.Platform): Charset {
  if (platform === "win32") return "unicode";
  const names = ["LC_ALL", "LC_CTYPE", "LANG"];
  const locale = names.map((name) => environment[name] ?? "").find((value) => value !== "");
  return /utf-?8/i.test(locale ?? "") ? "unicode" : "ascii";
}

/** As wide as before. */
export function inCharset(line: string, charset: Charset): string {
  if (charset === "unicode" || !beyondAscii.test(line)) return line;
  const plain = line.replaceAll(drawn, (character) => counterparts[character] ?? "?");
  if (charset === "ascii-bars") return plain;
  let text = "";
  for (const { segment } of characters.segment(plain)) {
    text += beyondAscii.test(segment) ? "?".repeat(displayWidth(segment)) : segment;
  }
  return text;
}
