// How the page stands with the broker, and what it says of that.

import type { ApiError } from "../api/api-error.js";

export type Connection =
  /** Nothing was received yet. */
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** What is shown is old. */
  | { readonly kind: "lost"; readonly reason: string; readonly retryAtMs: number }
  /** The broker wants a token, or another one. */
  | { readonly kind: "signed-out"; readonly error: ApiError };

/** "in 3 s", "now" */
export function retryText(retryAtMs: number, nowMs: number): string {
  const seconds = Math.ceil((retryAtMs - nowMs) / 1_000);
  return seconds <= 0 ? "now" : `in ${seconds} s`;
}
