// How a person looks at the live view: order, filter, place in the list, pause, help. Says what each key does to it; which bytes a key
// is, and what the actions do, is decided elsewhere.

import { type SortKey, sortKeys } from "./lease-rows.js";
import type { TopModel } from "./top-model.js";

export interface TopView {
  readonly sort: SortKey;
  readonly filter: string;
  /** What is being typed after "/"; it counts already. `null`: nothing is typed. */
  readonly typing: string | null;
  /** What is shown while paused, and since when; `null`: what is known now. */
  readonly paused: { readonly model: TopModel; readonly atMs: number } | null;
  readonly help: boolean;
  /** How many leases lie above the first that is shown. */
  readonly scroll: number;
}

/** "text" is anything that can be typed; all others are keys of their own. */
export type TopKey =
  | { readonly name: "text"; readonly text: string }
  | {
      readonly name:
        | "up"
        | "down"
        | "page-up"
        | "page-down"
        | "home"
        | "end"
        | "enter"
        | "escape"
        | "backspace"
        | "interrupt"
        | "suspend"
        | "redraw";
    };

/** What a key asks for beyond another look. */
export type TopAction = "quit" | "interrupt" | "suspend" | "refresh" | "redraw";

/** What was on the screen when the key was pressed. */
export interface Pressed {
  readonly model: TopModel;
  readonly nowMs: number;
  /** How many leases fit the screen, and how many there are to show. */
  readonly leaseSpace: number;
  readonly leaseCount: number;
}

export interface Response {
  readonly view: TopView;
  readonly action: TopAction | null;
}

/** Longer than any name; nobody reads more in one line. */
const filterLengthMax = 200;

/** Whole characters as people see them: Backspace takes back one of these. */
const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

export function firstView(sort: SortKey): TopView {
  return { sort, filter: "", typing: null, paused: null, help: false, scroll: 0 };
}

export function press(view: TopView, key: TopKey, pressed: Pressed): Response {
  if (key.name === "interrupt") return { view, action: "interrupt" };
  if (key.name === "suspend") return { view, action: "suspend" };
  if (key.name === "redraw") return { view, action: "redraw" };
  if (view.typing !== null) return { view: typed(view, view.typing, key), action: null };
  if (view.help) {
    const quits = key.name === "text" && key.text === "q";
    return { view: { ...view, help: false }, action: quits ? "quit" : null };
  }
  if (key.name === "text") return command(view, key.text, pressed);
  if (key.name === "escape") return { view: { ...view, filter: "", scroll: 0 }, action: null };
  return { view: { ...view, scroll: scrolled(view.scroll, key.name, pressed) }, action: null };
}

function command(view: TopView, text: string, { model, nowMs }: Pressed): Response {
  switch (text) {
    case "q":
      return { view, action: "quit" };
    case "r":
      return { view: { ...view, paused: null }, action: "refresh" };
    case "s":
      return { view: { ...view, sort: nextSort(view.sort), scroll: 0 }, action: null };
    case "/":
      return { view: { ...view, typing: view.filter }, action: null };
    case "p":
    case " ": {
      const paused = view.paused === null ? { model, atMs: nowMs } : null;
      return { view: { ...view, paused }, action: null };
    }
    case "?":
    case "h":
      return { view: { ...view, help: true }, action: null };
    default:
      return { view, action: null };
  }
}

function typed(view: TopView, typing: string, key: TopKey): TopView {
  switch (key.name) {
    case "text": {
      const text = `${typing}${key.text}`.slice(0, filterLengthMax);
      return { ...view, typing: text, filter: text, scroll: 0 };
    }
    case "backspace": {
      const kept = [...characters.segment(typing)].slice(0, -1);
      const text = kept.map(({ segment }) => segment).join("");
      return { ...view, typing: text, filter: text, scroll: 0 };
    }
    case "enter":
      return { ...view, typing: null };
    case "escape":
      return { ...view, typing: null, filter: "", scroll: 0 };
    default:
      return view;
  }
}

function scrolled(
  scroll: number,
  key: TopKey["name"],
  { leaseSpace, leaseCount }: Pressed,
): number {
  const last = Math.max(0, leaseCount - leaseSpace);
  // A list that has become shorter is shown from its end.
  const from = Math.min(scroll, last);
  const page = Math.max(1, leaseSpace);
  const steps: Readonly<Partial<Record<TopKey["name"], number>>> = {
    up: -1,
    down: 1,
    "page-up": -page,
    "page-down": page,
    home: -leaseCount,
    end: leaseCount,
  };
  return Math.min(last, Math.max(0, from + (steps[key] ?? 0)));
}

function nextSort(sort: SortKey): SortKey {
  return sortKeys[(sortKeys.indexOf(sort) + 1) % sortKeys.length] ?? sort;
}
