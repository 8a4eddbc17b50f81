// What core-live.ts and core-program.ts say to each other.

export type CoreOrder =
  | { readonly do: "live"; readonly rate: number; readonly seconds: number }
  | { readonly do: "storm" }
  | { readonly do: "stop" };

export type CoreAnswer = { readonly address: string } | { readonly figures: LiveFigures };

export interface LiveFigures {
  readonly changes: number;
  readonly tookMs: number;
  readonly cpuMs: number;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
  /** Before it began, with everything in memory, and what made it. */
  readonly residentBytes: number;
}
