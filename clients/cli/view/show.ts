// Fetches a view from the broker and shows it in the form that was asked for: once, or with --watch again and again.

import { printable } from "../../../src/server/printable.js";
import { type BrokerCalls, withBroker } from "../broker-call.js";
import type { Output } from "../output.js";
import { plainTable, type TableForm } from "../table.js";
import type { View } from "./view.js";
import { formOf, type ViewForm, type ViewOptions, type WatchableOptions } from "./view-options.js";

export type FetchView = (broker: BrokerCalls) => Promise<View>;

/** Once. */
export async function show(options: ViewOptions, output: Output, fetch: FetchView): Promise<void> {
  const view = await withBroker(options, fetch);
  await tell(view, options, output);
  for (const note of view.notes) if (isForPeople(formOf(options))) output.note(note);
}

/** Once, or again and again until the process is interrupted. */
export async function showOrWatch(
  options: WatchableOptions,
  output: Output,
  fetch: FetchView,
): Promise<void> {
  if (options.watch !== true) return show(options, output, fetch);
  const { watchView } = await import("./watch-view.js");
  return watchView(options, output, fetch);
}

/** Prints the view; with `document` "compact", JSON is one line and YAML a document of several. */
export async function tell(
  view: View,
  options: ViewOptions,
  output: Output,
  document: "whole" | "compact" = "whole",
): Promise<void> {
  const form = formOf(options);
  switch (form) {
    case "json":
      return document === "whole"
        ? output.json(view.document())
        : output.compactJson(view.document());
    case "yaml": {
      // Loaded here: few want it.
      const { stringify } = await import("yaml");
      return output.text(`${document === "whole" ? "" : "---\n"}${stringify(view.document())}`);
    }
    case "name":
      // A script reads a line as a name: none may be two.
      for (const name of view.names()) output.line(printable(name));
      return;
    case "table":
    case "wide":
      return output.line(view.lines(tableForm(options, output)).join("\n"));
  }
}

export function isForPeople(form: ViewForm): boolean {
  return form === "table" || form === "wide";
}

export function tableForm(options: ViewOptions, output: Pick<Output, "display">): TableForm {
  const { columns, paint } = output.display();
  const wide = formOf(options) === "wide";
  return { ...plainTable, header: options.header, wide, columns, paint };
}
