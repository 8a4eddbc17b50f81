// Copies a command, and says that it did.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

const saidMs = 2_000;

export function CopyButton({ text }: { readonly text: string }): VNode {
  const [outcome, setOutcome] = useState<"copied" | "failed" | null>(null);
  useEffect(() => {
    if (outcome === null) return undefined;
    const timer = setTimeout(() => setOutcome(null), saidMs);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async (): Promise<void> => {
    try {
      // Only on loopback and over TLS: https://developer.mozilla.org/docs/Web/API/Clipboard
      await navigator.clipboard.writeText(text);
      setOutcome("copied");
    } catch {
      setOutcome("failed");
    }
  };
  const label =
    outcome === "copied" ? "Copied" : outcome === "failed" ? "Select it by hand" : "Copy";
  return (
    <button type="button" class="button small" onClick={() => void copy()}>
      <span aria-live="polite">{label}</span>
      <span class="visually-hidden">{outcome === null ? `: ${text}` : ""}</span>
    </button>
  );
}
