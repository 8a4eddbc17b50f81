// The leases: how many there are, in which order, and as many rows as fit from where the person has scrolled to.

import { Protocol } from "@portlease/proto/portlease/v1/common.js";
import { printable } from "../../../../src/server/printable.js";
import { durationMs } from "../../duration-ms.js";
import { leaseState } from "../../lease-state.js";
import { portsText, word } from "../../lease-text.js";
import { type Column, tableLines } from "../../table.js";
import { type Canvas, lineOf } from "../canvas.js";
import { type LeaseRow, leaseRows } from "../lease-rows.js";
import { shownAsOfMs, type TopModel } from "../top-model.js";
import type { TopView } from "../top-view.js";
import { wholeSeconds } from "./header.js";

export interface LeaseSection {
  readonly lines: readonly string[];
  /** How many leases fit. */
  readonly space: number;
  /** How many there are to show, those that do not fit included. */
  readonly count: number;
}

/** With fewer lines than this a row more is worth more than a heading. */
const headingRows = 5;
/** A list older than this is said to be so. */
const freshMs = 10_000;

/** At most `space` lines; `null`: all. */
export function leaseSection(
  model: TopModel,
  view: TopView,
  { canvas, space, nowMs }: LeasePlace,
): LeaseSection {
  if (space === 0) return { lines: [], space: 0, count: 0 };
  const asOfMs = shownAsOfMs(model, view.paused?.atMs ?? null, nowMs);
  const rows = model.leases === null ? [] : leaseRows(model.leases, view, asOfMs);
  const header = space === null || space >= headingRows;
  const fitting = Math.max(0, (space ?? rows.length + 2) - (header ? 2 : 1));
  const first = Math.min(view.scroll, Math.max(0, rows.length - fitting));
  const shown = rows.slice(first, first + fitting);
  const { columns, paint } = canvas;
  const form = { header, wide: false, columns, paint };
  const table = shown.length === 0 ? [] : tableLines(columnsFor(columns), shown, form);
  const place = shown.length < rows.length ? `, ${first + 1} to ${first + shown.length} shown` : "";
  const title = [
    { text: "LEASES", tone: "heading" as const },
    {
      text: `  ${titleText(model, view, rows.length)}${place}${ageText(model, asOfMs)}`,
      tone: null,
    },
  ];
  return { lines: [lineOf(title, canvas), ...table], space: fitting, count: rows.length };
}

interface LeasePlace {
  readonly canvas: Canvas;
  readonly space: number | null;
  readonly nowMs: number;
}

function titleText({ leases }: TopModel, { sort, filter }: TopView, count: number): string {
  if (leases === null) return "not listed yet";
  const total = leases.leases.length;
  const numbers =
    filter === "" ? String(total) : `${count} of ${total} with "${printable(filter)}"`;
  return `${numbers}, by ${sort.replace("-", " ")}`;
}

/** Empty while the list is as fresh as everything else. */
function ageText({ leases }: TopModel, asOfMs: number): string {
  if (leases === null || asOfMs - leases.listedAtMs < freshMs) return "";
  return `, as of ${wholeSeconds(asOfMs - leases.listedAtMs)} ago`;
}

const timeLeft: Column<LeaseRow> = {
  heading: "TIME LEFT",
  text: ({ leftMs }) => (leftMs === null ? "-" : wholeSeconds(leftMs)),
  tone: (row) => (isLate(row) ? "warning" : null),
  align: "right",
};
const port: Column<LeaseRow> = { heading: "PORT", text: ({ lease }) => portsText(lease) };
const protocol: Column<LeaseRow> = {
  heading: "PROTOCOL",
  text: ({ lease }) => word(Protocol, "PROTOCOL_", lease.protocol),
  cut: 2,
};
const service: Column<LeaseRow> = {
  heading: "SERVICE",
  text: ({ lease }) => lease.holder?.service || "(unnamed)",
  cut: 5,
};
const instance: Column<LeaseRow> = {
  heading: "INSTANCE",
  text: ({ lease }) => lease.holder?.instance || "-",
  cut: 1,
};
const pool: Column<LeaseRow> = { heading: "POOL", text: ({ lease }) => lease.pool, cut: 3 };
const state: Column<LeaseRow> = {
  heading: "STATE",
  text: ({ lease }) => leaseState(lease).word,
  tone: ({ lease }) => leaseState(lease).tone,
};
const leaseId: Column<LeaseRow> = { heading: "LEASE", text: ({ lease }) => lease.leaseId };

function columnsFor(columns: number | null): readonly Column<LeaseRow>[] {
  const width = columns ?? Number.MAX_SAFE_INTEGER;
  if (width < 60) return [timeLeft, port, service, state];
  if (width < 100) return [timeLeft, port, service, instance, state];
  return [timeLeft, port, protocol, service, instance, pool, state, leaseId];
}

/** Clients renew when a third of the TTL is over, and call less than a third jeopardy: clients/ts/README.md. */
function isLate({ lease, leftMs }: LeaseRow): boolean {
  const ttlMs = durationMs(lease.ttl);
  return ttlMs !== null && leftMs !== null && leftMs < ttlMs / 3;
}
