// The dashboards for Grafana, as they are shipped.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./repository.js";

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr: string }[];
}

export interface GrafanaDashboard {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly definition?: string }[];
  };
}

export function readGrafanaDashboard(uid: "portlease-host" | "portlease-fleet"): GrafanaDashboard {
  const path = join(repositoryRoot, "deploy", "grafana", `${uid}.json`);
  return JSON.parse(readFileSync(path, "utf8")) as GrafanaDashboard;
}

/** Everything that it asks of Prometheus, but for the values of its variables. */
export function expressionsIn({ panels, annotations }: GrafanaDashboard): readonly string[] {
  return [...panels.flatMap(({ targets = [] }) => targets), ...annotations.list].map(
    ({ expr }) => expr,
  );
}
