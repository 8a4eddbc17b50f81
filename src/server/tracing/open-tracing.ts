// Turns tracing on where that is wanted. Off, nothing of OpenTelemetry is loaded, and a call costs nothing more.

import { StartError } from "../start-error.js";
import type { OpenedThings } from "../opened-things.js";
import type { CallTracing } from "./call-tracing.js";
import type * as otlp from "./otlp-tracing.js";

export type TracingExporter = "none" | "otlp";

export interface TracingFacts {
  readonly version: string;
  readonly host: string;
}

type OtlpModule = Pick<typeof otlp, "otlpTracing">;

/** The newest ones that run on Node 20. */
const packages =
  "@opentelemetry/sdk-trace-base@2.12.1 @opentelemetry/resources@2.12.1 @opentelemetry/exporter-trace-otlp-http@0.223.1";

/** `null`: it is off. Rejects with StartError CANNOT_TRACE when the packages are not there. `load` is for tests. */
export async function openTracing(
  exporter: TracingExporter,
  facts: TracingFacts,
  opened: OpenedThings,
  load: () => Promise<OtlpModule> = () => import("./otlp-tracing.js"),
): Promise<CallTracing | null> {
  if (exporter === "none") return null;
  const { otlpTracing } = await load().catch(cannotLoad);
  const tracing = otlpTracing(facts);
  opened.add(() => tracing.close());
  return tracing;
}

function cannotLoad(error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== "ERR_MODULE_NOT_FOUND") throw error;
  throw new StartError(
    "CANNOT_TRACE",
    `tracing is otlp, and packages that it needs are not installed (${message.split("\n")[0]}): run "npm install ${packages}" ` +
      "where portlease is installed, with --global if it is so, or set tracing to none",
    error,
  );
}
