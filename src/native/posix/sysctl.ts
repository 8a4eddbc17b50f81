// Parses the two sysctls that say which ports the kernel picks by itself. Pure; reads no files.
// https://docs.kernel.org/networking/ip-sysctl.html

import type { PortRun } from "../host-ports.js";
import { portMax } from "../port-runs.js";

/** The kernel's own default, for hosts whose sysctl cannot be read. */
export const defaultDynamicRange: PortRun = { firstPort: 32_768, portCount: 28_232 };

/** net.ipv4.ip_local_port_range, such as "32768\t60999"; `null` when the text is something else. */
export function parsePortRange(text: string): PortRun | null {
  const [first, last, ...rest] = text.trim().split(/\s+/);
  return rest.length > 0 ? null : portRun(first, last);
}

/** net.ipv4.ip_local_reserved_ports, such as "8080,9148-9150"; empty text is no range, other text is `null`. */
export function parsePortList(text: string): readonly PortRun[] | null {
  if (text.trim() === "") return [];
  const runs = text
    .trim()
    .split(",")
    .map((part) => {
      const [first, last, ...rest] = part.split("-");
      return rest.length > 0 ? null : portRun(first, last ?? first);
    });
  return runs.includes(null) ? null : runs.filter((run) => run !== null);
}

function portRun(first: string | undefined, last: string | undefined): PortRun | null {
  if (first === undefined || last === undefined) return null;
  if (!/^\d+$/.test(first) || !/^\d+$/.test(last)) return null;
  const [firstPort, lastPort] = [Number(first), Number(last)];
  if (firstPort > lastPort || lastPort > portMax) return null;
  return { firstPort, portCount: lastPort - firstPort + 1 };
}
