// What colours mean: each tone a colour, in one place for all commands. Which state has which tone is in tones.ts. A tone never stands
// alone: the word of the state is always there too, for those who see no colours.

import { styleText } from "node:util";

/** Colours of the 16 that every terminal has, so that the user's own palette decides on contrast. */
const styles = {
  leased: "cyan",
  bound: "green",
  draining: "yellow",
  unprotected: "redBright",
  unavailable: "red",
  stranger: ["bold", "red"],
  well: "green",
  info: "cyan",
  warning: "yellow",
  critical: ["bold", "red"],
  heading: "bold",
  quiet: "dim",
} as const;

export type Tone = keyof typeof styles;

/** Gives a text the colour of its tone, or leaves it as it is where there are no colours. `null` has none. */
export type Paint = (tone: Tone | null, text: string) => string;

export const plainPaint: Paint = (_tone, text) => text;

/** Whether to paint was decided before, so styleText must not ask about stdout itself. */
export const colourPaint: Paint = (tone, text) => {
  if (tone === null || text === "") return text;
  const style = styles[tone];
  const format = typeof style === "string" ? style : [...style];
  return styleText(format, text, { validateStream: false });
};
