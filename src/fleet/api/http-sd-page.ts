// The page /http_sd: what Prometheus finds its targets by.

import type { Page } from "../../server/http/page.js";
import type { FleetReader } from "../view/fleet-reader.js";
import { httpSdTargets } from "./http-sd.js";

/** Prometheus takes no other: https://prometheus.io/docs/prometheus/latest/http_sd/#requirements-of-http-sd-endpoints */
const contentType = "application/json";

export function httpSdPage(view: FleetReader): Page {
  return (query) => ({ contentType, text: JSON.stringify(httpSdTargets(view, query)) });
}
