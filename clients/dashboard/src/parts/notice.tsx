// What stands where something is missing: a refusal of the broker, nothing to show, not there yet.

import type { ComponentChildren, VNode } from "preact";
import type { ApiError } from "../api/api-error.js";
import { LevelIcon } from "./icons.js";

/** The broker's own words. */
export function Refusal({ error }: { readonly error: ApiError }): VNode {
  return (
    <div class="notice critical" role="alert">
      <LevelIcon level="critical" />
      <p>{error.message}</p>
    </div>
  );
}

export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}): VNode {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

export function Loading({ what }: { readonly what: string }): VNode {
  return (
    <p class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      Loading {what} …
    </p>
  );
}
