// The whole of the live view as lines of text: what is known and how it is looked at come in, what is on the screen goes out.

import type { Paint } from "../terminal/paint.js";
import type { Canvas } from "./canvas.js";
import { inCharset } from "./charset.js";
import { planRows } from "./row-plan.js";
import { eventLines } from "./sections/events.js";
import { footerLine } from "./sections/footer.js";
import { headerLines } from "./sections/header.js";
import { helpLines } from "./sections/help.js";
import { leaseSection } from "./sections/leases.js";
import { poolLines } from "./sections/pools.js";
import { problemLines, problemRows } from "./sections/problems.js";
import type { TopModel } from "./top-model.js";
import type { TopView } from "./top-view.js";

export interface Frame {
  /** As many as the canvas has rows, or as are needed where it has any number; none wider than it. */
  readonly lines: readonly string[];
  /** How many leases fit, and how many there are to show. */
  readonly leaseSpace: number;
  readonly leaseCount: number;
}

/** What is not live any more is grey. */
function greyed(paint: Paint): Paint {
  return (_tone, text) => paint("quiet", text);
}

/** `nowMs` is monotonic. While paused `known` shows only where the connection is lost, which is told in any case. */
export function frameOf(known: TopModel, view: TopView, onto: Canvas, nowMs: number): Frame {
  const model = known.lost || view.paused === null ? known : view.paused.model;
  const canvas = model.lost ? { ...onto, paint: greyed(onto.paint) } : onto;
  const header = headerLines(model, view, { canvas, liveCanvas: onto, nowMs });
  const { rows } = onto;
  if (rows === null) return wholeFrame(header, model, view, canvas, nowMs);
  if (view.help) {
    const body = helpLines(Math.max(0, rows - 3), onto);
    return framed([...header, ...body], { view, canvas: onto, rows }, noLeases);
  }
  const { pools, blocks, events, broker } = model.host;
  const plan = planRows(rows, {
    pools: 1 + pools.length,
    blocks: blocks.length,
    problems: problemRows(broker.problems),
    events: 1 + Math.max(2, events.length),
  });
  const leases = leaseSection(model, view, { canvas, space: plan.leases, nowMs });
  const leasePart = [
    ...leases.lines,
    ...Array<string>(Math.max(0, plan.leases - leases.lines.length)).fill(""),
  ];
  const parts = [
    problemLines(broker.problems, plan.problems, canvas),
    poolLines(model.host, { withBlocks: plan.withBlocks, space: plan.pools }, canvas),
    leasePart,
    eventLines(model.host, plan.events, canvas),
  ];
  const air = plan.gap === 1 ? [""] : [];
  const body = parts.flatMap((part) => (part.length === 0 ? [] : [...air, ...part]));
  return framed([...header, ...body], { view, canvas: onto, rows }, leases);
}

interface Leases {
  readonly space: number;
  readonly count: number;
}

const noLeases: Leases = { space: 0, count: 0 };

/** With the footer in the last row, whatever the rest has. */
function framed(
  lines: readonly string[],
  {
    view,
    canvas,
    rows,
  }: { readonly view: TopView; readonly canvas: Canvas; readonly rows: number },
  { space, count }: Leases,
): Frame {
  const above = Array.from({ length: Math.max(0, rows - 1) }, (_none, row) => lines[row] ?? "");
  const all = [...above, footerLine(view, canvas)];
  return {
    lines: all.map((line) => inCharset(line, canvas.charset)),
    leaseSpace: space,
    leaseCount: count,
  };
}

/** Everything, one below the other, without what only a live view has. */
function wholeFrame(
  header: readonly string[],
  model: TopModel,
  view: TopView,
  canvas: Canvas,
  nowMs: number,
): Frame {
  const leases = leaseSection(model, view, { canvas, space: null, nowMs });
  const parts = [
    problemLines(model.host.broker.problems, null, canvas),
    poolLines(model.host, { withBlocks: true, space: null }, canvas),
    leases.lines,
  ];
  const body = parts.flatMap((part) => (part.length === 0 ? [] : ["", ...part]));
  return {
    lines: [...header, ...body].map((line) => inCharset(line, canvas.charset)),
    leaseSpace: leases.space,
    leaseCount: leases.count,
  };
}
