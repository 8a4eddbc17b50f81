// The ports and leases of the naive model, and what can be said of several of them at once.

export interface ModelClaimant {
  readonly service: string;
  readonly instance: string;
}

export interface ModelLease {
  readonly firstPort: number;
  readonly count: number;
  readonly claimant: ModelClaimant;
  readonly generation: number;
}

export interface Rest {
  untilMs: number;
  cut: boolean;
  readonly returning: string | null;
  order: number;
}

export interface ModelPort {
  readonly port: number;
  readonly block: number;
  state: "free" | "leased" | "quarantined" | "unavailable";
  /** Lower: free for longer. */
  freedAt: number;
  rest: Rest | null;
  interrupted: Rest | null;
  recheck: { atMs: number; delayMs: number; order: number } | null;
}

export type Place = readonly ModelPort[];

export function keyOf({ service, instance }: ModelClaimant): string {
  return JSON.stringify([service, instance]);
}

export function compareRests(a: Rest | null, b: Rest | null): number {
  if (a === null || b === null) return 0;
  return a.untilMs - b.untilMs || Number(b.cut) - Number(a.cut) || a.order - b.order;
}

export function startsIn(place: Place, count: number): readonly number[] {
  return place.map(({ port }) => port).filter((start) => runLength(place, start, false) >= count);
}

/** How many ports of the place are in a row from there on, or (`whole`) also before. */
export function runLength(place: Place, start: number, whole = true): number {
  const has = (port: number): boolean => place.some((other) => other.port === port);
  let length = 0;
  while (has(start + length)) length += 1;
  if (!whole) return length;
  let before = 0;
  while (has(start - before - 1)) before += 1;
  return before + length;
}

export function overlap(a: ModelLease, b: ModelLease): boolean {
  return a.firstPort < b.firstPort + b.count && b.firstPort < a.firstPort + a.count;
}
