// The states a port can be in, as small numbers, so that ten thousand of them are ten thousand bytes; with their words.

export interface PortStateInfo {
  /** The name of the API. */
  readonly name: string;
  /** The word for people. */
  readonly label: string;
  readonly meaning: string;
}

/** The index is the number that port maps use; 0 is "nothing was said of it". */
export const portStates: readonly PortStateInfo[] = [
  { name: "PORT_STATE_UNSPECIFIED", label: "unknown", meaning: "nothing is known of it" },
  { name: "PORT_STATE_FREE", label: "free", meaning: "can be leased now" },
  { name: "PORT_STATE_PINNED", label: "pinned", meaning: "free for the service it is pinned to" },
  {
    name: "PORT_STATE_QUARANTINED",
    label: "in quarantine",
    meaning: "rests between two holders",
  },
  { name: "PORT_STATE_LEASED", label: "leased", meaning: "leased, not known to be bound" },
  { name: "PORT_STATE_BOUND", label: "bound", meaning: "leased, and bound by its holder" },
  {
    name: "PORT_STATE_UNPROTECTED",
    label: "unprotected",
    meaning: "leased, and the reservation does not cover it now",
  },
  {
    name: "PORT_STATE_UNAVAILABLE",
    label: "unavailable",
    meaning: "out of use: taken without a lease, or it could not be reserved",
  },
  {
    name: "PORT_STATE_STRANGER",
    label: "stranger",
    meaning: "leased, but bound by a stranger or by an orphaned socket",
  },
];

const codes: ReadonlyMap<string, number> = new Map(
  portStates.map(({ name }, code) => [name, code]),
);

/** The number of a state's name; 0 for names of a newer broker. */
export function portStateCode(name: string): number {
  return codes.get(name) ?? 0;
}

export function portStateInfo(code: number): PortStateInfo {
  const known = portStates[code] ?? portStates[0];
  if (known === undefined) throw new Error("there is a state 0");
  return known;
}

/** True for states in which a port has a lease. */
export function isLeasedState(code: number): boolean {
  return code === 4 || code === 5 || code === 6 || code === 8;
}
