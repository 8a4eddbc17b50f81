// What happens to a persistent reservation beside open sockets, and where Windows shows it.

import type { ExcludedRange, PortRun } from "../../host-ports.js";
import { type Fact, skipped, unknown, yesIf } from "../fact.js";
import { outcomeText } from "../probe.js";
import { showExcludedRanges } from "./netsh.js";
import { notElevated } from "./persistent-facts.js";
import type { WindowsContext } from "./windows-context.js";

const remove =
  "https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-deletepersistenttcpportreservation (says nothing of it)";
const netsh =
  "https://learn.microsoft.com/windows-server/administration/windows-commands/netsh-interface";

export const lifecycleFacts: readonly Fact<WindowsContext>[] = [
  {
    id: "lifecycle.delete-while-bound",
    title: "A reservation can be deleted while a socket is bound in it, and the socket stays bound",
    neededBy: [],
    source: remove,
    run: async (context) => {
      if (!context.elevated) return skipped(notElevated);
      const block = await context.persistentBlock(1);
      const { firstPort: port, token } = block;
      const bound = await context.here.bind({ address: "0.0.0.0", port: 0, token });
      const removed = context.reservations.delete("tcp", block);
      const second = await context.here.bind({ address: "0.0.0.0", port });
      const seen = `bind ${outcomeText(bound)}, delete ${outcomeText(removed)}, second bind ${outcomeText(second)}`;
      return yesIf(bound.ok && removed.ok && !second.ok, seen);
    },
  },
  {
    id: "lifecycle.create-over-bound",
    title: "A reservation cannot be created again while a socket from it is still bound",
    neededBy: [],
    source:
      "https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-createpersistenttcpportreservation",
    run: async (context) => {
      if (!context.elevated) return skipped(notElevated);
      const block = await context.persistentBlock(1);
      const { token } = block;
      const bound = await context.here.bind({ address: "0.0.0.0", port: 0, token });
      const removed = context.reservations.delete("tcp", block);
      if (!removed.ok) return skipped(`it cannot be deleted: ${outcomeText(removed)}`);
      const during = context.reservations.create("tcp", block);
      if (bound.ok) await context.here.close(bound.socketId);
      const after = during.ok ? during : context.reservations.create("tcp", block);
      const seen = `create while bound ${outcomeText(during)}, after the close ${outcomeText(after)}`;
      return yesIf(!during.ok && after.ok, seen);
    },
  },
  {
    id: "lifecycle.rebind",
    title: "After the close of a bound socket, the port can be bound again with the token at once",
    neededBy: ["persistent"],
    source: "https://learn.microsoft.com/windows/win32/winsock/sio-associate-port-reservation",
    run: async (context) => {
      if (!context.elevated) return skipped(notElevated);
      const { token } = await context.persistentBlock(1);
      const first = await context.here.bind({ address: "0.0.0.0", port: 0, token });
      if (first.ok) await context.here.close(first.socketId);
      const again = await context.here.bind({ address: "0.0.0.0", port: 0, token });
      return yesIf(first.ok && again.ok, `${outcomeText(first)}, then ${outcomeText(again)}`);
    },
  },
  {
    id: "lifecycle.shown-by-netsh",
    title:
      "netsh shows the reservation as an excluded range without asterisk, in the contexts ipv4 and ipv6",
    neededBy: [],
    source: netsh,
    run: async (context) => {
      if (!context.elevated) return skipped(notElevated);
      const block = await context.persistentBlock(4);
      const [ipv4, ipv6] = await Promise.all([
        showExcludedRanges(context.netsh, "ipv4", "tcp"),
        showExcludedRanges(context.netsh, "ipv6", "tcp"),
      ]);
      if (ipv4 === null && ipv6 === null) return unknown("netsh prints no table");
      const seen = `ipv4 ${shownText(ipv4, block)}, ipv6 ${shownText(ipv6, block)}`;
      const plain = [ipv4, ipv6].every((ranges) => shownAs(ranges, block) === false);
      return yesIf(plain, seen);
    },
  },
  {
    id: "lifecycle.netsh-readable",
    title: "netsh prints its excluded ranges in a table that can be read in this language",
    neededBy: ["administered"],
    source: netsh,
    run: async (context) => {
      const ranges = await showExcludedRanges(context.netsh, "ipv4", "tcp");
      if (ranges === null) return yesIf(false, "nothing that looks like a table");
      const starred = ranges.filter(({ administered }) => administered).length;
      return yesIf(true, `${ranges.length} ranges, ${starred} of them with an asterisk`);
    },
  },
];

/** Whether the run is shown with an asterisk; `null` when it is not shown, or shown as something else. */
export function shownAs(
  ranges: readonly ExcludedRange[] | null,
  { firstPort, portCount }: PortRun,
): boolean | null {
  const found = ranges?.find(
    (range) => range.firstPort === firstPort && range.portCount === portCount,
  );
  return found?.administered ?? null;
}

export function shownText(ranges: readonly ExcludedRange[] | null, run: PortRun): string {
  if (ranges === null) return "no table";
  const administered = shownAs(ranges, run);
  if (administered === null) return "not shown";
  return administered ? "with asterisk" : "without asterisk";
}
