// Administered exclusions: made with netsh, and what they keep out.

import type { PortRun } from "../../host-ports.js";
import { errors } from "../../win32/error-table.js";
import { type Fact, type FactAnswer, skipped, yesIf } from "../fact.js";
import { isRefusedWith, outcomeText } from "../probe.js";
import { shownAs, shownText } from "./lifecycle-facts.js";
import { showExcludedRanges } from "./netsh.js";
import { notElevated } from "./persistent-facts.js";
import type { WindowsContext } from "./windows-context.js";

const netsh =
  "https://learn.microsoft.com/windows-server/administration/windows-commands/netsh-interface";
const runtimes = "https://github.com/dotnet/runtime/issues/71518";

/** So many picks that they would hit the excluded ports about eight times, were those not avoided. */
const excludedPorts = 256;
const hitsExpected = 8;

export const administeredFacts: readonly Fact<WindowsContext>[] = [
  {
    id: "administered.added",
    title: "netsh adds an exclusion, which is shown with an asterisk in ipv4 and ipv6",
    neededBy: ["administered"],
    source: netsh,
    run: async (context) => {
      if (!context.elevated) return skipped(notElevated);
      const run = await context.exclusion(4);
      if (typeof run === "string") return yesIf(false, run);
      const ipv4 = await showExcludedRanges(context.netsh, "ipv4", "tcp");
      const ipv6 = await showExcludedRanges(context.netsh, "ipv6", "tcp");
      const seen = `ipv4 ${shownText(ipv4, run)}, ipv6 ${shownText(ipv6, run)}`;
      return yesIf(shownAs(ipv4, run) === true && shownAs(ipv6, run) !== false, seen);
    },
  },
  {
    id: "administered.explicit-bind",
    title: "A process may bind in the exclusion by naming the port",
    neededBy: ["administered"],
    source: "https://github.com/microsoft/msquic/issues/2891",
    run: (context) =>
      inExclusion(context, 1, async ({ firstPort: port }) => {
        const here = await context.here.bind({ address: "0.0.0.0", port });
        if (here.ok) await context.here.close(here.socketId);
        const other = await (await context.other()).nodeListen("127.0.0.1", port);
        const seen = `here ${outcomeText(here)}, Node in another process ${outcomeText(other)}`;
        return yesIf(here.ok && other.ok, seen);
      }),
  },
  {
    id: "administered.dynamic-picks-avoid",
    title: "Windows picks no excluded port by itself",
    neededBy: ["administered"],
    source: netsh,
    run: async (context) => {
      if (!context.elevated) return skipped(notElevated);
      const dynamic = await context.dynamicRange();
      const run = await context.exclusion(excludedPorts, dynamic);
      if (typeof run === "string") return skipped(run);
      const picks = Math.ceil((hitsExpected * (dynamic.last - dynamic.first + 1)) / excludedPorts);
      const excluded = Array.from({ length: excludedPorts }, (_, index) => run.firstPort + index);
      const hits = await context.here.countAutomaticPorts(picks, excluded);
      return yesIf(
        hits === 0,
        `${hits} of ${picks} binds got one of ${excludedPorts} excluded ports`,
      );
    },
  },
  {
    id: "administered.acquire-refused",
    title: "ACQUIRE inside the exclusion is refused with WSAEADDRINUSE (10048)",
    neededBy: [],
    source: runtimes,
    run: (context) =>
      inExclusion(context, 4, async ({ firstPort }) => {
        const made = await context.here.acquire("tcp", firstPort, 4);
        return yesIf(isRefusedWith(made, errors.WSAEADDRINUSE), outcomeText(made));
      }),
  },
  {
    id: "administered.create-refused",
    title: "A persistent reservation inside the exclusion is refused",
    neededBy: [],
    source: "inferred from https://github.com/docker/for-win/issues/12251",
    run: (context) =>
      inExclusion(context, 4, (run) => {
        const made = context.reservations.create("tcp", run);
        return Promise.resolve(yesIf(!made.ok, outcomeText(made)));
      }),
  },
  {
    id: "administered.over-bound",
    title: "An exclusion over a port in use is refused",
    neededBy: [],
    source: "https://github.com/MicrosoftDocs/sql-docs/pull/8145",
    run: async (context) => {
      if (!context.elevated) return skipped(notElevated);
      const port = await context.freeRun(1);
      const server = await context.here.nodeListen("0.0.0.0", port);
      const run = { firstPort: port, portCount: 1 };
      const said = context.exclude(run);
      if (said !== "") return yesIf(server.ok, said);
      const shown = shownAs(await showExcludedRanges(context.netsh, "ipv4", "tcp"), run) !== null;
      return shown ? yesIf(false, "added") : skipped("netsh does not show what it added");
    },
  },
];

async function inExclusion(
  context: WindowsContext,
  portCount: number,
  tryIt: (run: PortRun) => Promise<FactAnswer>,
): Promise<FactAnswer> {
  if (!context.elevated) return skipped(notElevated);
  const run = await context.exclusion(portCount);
  return typeof run === "string" ? skipped(run) : await tryIt(run);
}
