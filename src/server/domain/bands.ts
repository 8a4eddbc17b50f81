// How freely the ports of a pool are given out: to anybody, to anybody once the others are used up, or to one service only.
// Which port is in which band follows from the pool's policy alone.

import type { PoolPolicy } from "./pool-policy.js";
import type { PortRange } from "./port-range.js";

/** Numbers, so that a pick may reach as far as a band: it takes of that one and of all before it. */
export const bands = {
  dynamic: 1,
  /** Given out when no dynamic port will do, so that it is mostly free for who names it. */
  static: 2,
  /** Never picked: only who has the pin is given it. */
  pinned: 3,
} as const;

export type Band = (typeof bands)[keyof typeof bands];

/** `ports`: those of the block, `first`: it is the pool's first one, where the static ports are. */
export function bandOf(
  { pins, staticPorts }: Pick<PoolPolicy, "pins" | "staticPorts">,
  ports: PortRange,
  first: boolean,
): (port: number) => Band {
  const pinned = new Set(pins.map(({ port }) => port));
  const dynamicFrom = first ? ports.firstPort + staticPorts : ports.firstPort;
  return (port) => {
    if (pinned.has(port)) return bands.pinned;
    return port < dynamicFrom ? bands.static : bands.dynamic;
  };
}
