// From which port on a process needs no rights to bind, on Linux.

import { readText } from "./text-files.js";

/**
 * net.ipv4.ip_unprivileged_port_start (1024 by default; IPv6 goes by it too): 0 to 65535. `null` where there is none, or it
 * cannot be read. https://docs.kernel.org/networking/ip-sysctl.html
 */
export async function unprivilegedPortStart(): Promise<number | null> {
  const text = (await readText("/proc/sys/net/ipv4/ip_unprivileged_port_start"))?.trim() ?? "";
  return /^\d{1,5}$/.test(text) ? Number(text) : null;
}
