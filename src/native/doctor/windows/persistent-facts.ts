// Persistent reservations: made, found, removed, and what they refuse.

import type { TransportProtocol } from "../../host-ports.js";
import { errors } from "../../win32/error-table.js";
import { type Fact, type FactAnswer, skipped, yesIf } from "../fact.js";
import { isRefusedWith, outcomeText } from "../probe.js";
import type { WindowsContext } from "./windows-context.js";

const { ERROR_INVALID_PARAMETER, ERROR_NOT_FOUND, ERROR_SHARING_VIOLATION, WSAEACCES } = errors;

const create =
  "https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-createpersistenttcpportreservation";
const remove =
  "https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-deletepersistenttcpportreservation";
const tokens =
  "https://learn.microsoft.com/windows/win32/api/mstcpip/ns-mstcpip-inet_port_reservation_token";

export const notElevated = "this process is not elevated";

export const persistentFacts: readonly Fact<WindowsContext>[] = [
  {
    id: "persistent.tcp",
    title: "A TCP reservation is created, found with the same token, deleted, and then not found",
    neededBy: ["persistent"],
    source: create,
    run: (context) => roundTrip(context, "tcp"),
  },
  {
    id: "persistent.udp",
    title: "The same for UDP",
    neededBy: [],
    source: create,
    run: (context) => roundTrip(context, "udp"),
  },
  {
    id: "persistent.wrong-arguments",
    title:
      "Start 0, count 0 and a run past port 65535 are refused with ERROR_INVALID_PARAMETER (87)",
    neededBy: [],
    source: create,
    run: (context) => {
      if (!context.elevated) return Promise.resolve(skipped(notElevated));
      const tried = [
        { firstPort: 0, portCount: 1 },
        { firstPort: 20_000, portCount: 0 },
        { firstPort: 65_535, portCount: 2 },
      ].map((run) => context.reservations.create("tcp", run));
      const refused = tried.every((one) => isRefusedWith(one, ERROR_INVALID_PARAMETER));
      return Promise.resolve(yesIf(refused, tried.map(outcomeText).join(", ")));
    },
  },
  {
    id: "persistent.overlap",
    title: "A run that overlaps a reservation is refused with ERROR_SHARING_VIOLATION (32)",
    neededBy: ["persistent"],
    source: create,
    run: async (context) => {
      if (!context.elevated) return skipped(notElevated);
      const { firstPort } = await context.persistentBlock(4);
      const again = context.reservations.create("tcp", { firstPort, portCount: 4 });
      const part = context.reservations.create("tcp", { firstPort: firstPort + 1, portCount: 1 });
      const refused = [again, part].every((one) => isRefusedWith(one, ERROR_SHARING_VIOLATION));
      return yesIf(refused, `same run ${outcomeText(again)}, part ${outcomeText(part)}`);
    },
  },
  {
    id: "persistent.in-use",
    title: "A run with a port in use is refused with ERROR_SHARING_VIOLATION (32)",
    neededBy: ["persistent"],
    source: create,
    run: async (context) => {
      if (!context.elevated) return skipped(notElevated);
      const port = await context.freeRun(2);
      const server = await context.here.nodeListen("0.0.0.0", port + 1);
      const made = context.reservations.create("tcp", { firstPort: port, portCount: 2 });
      const seen = `listener ${outcomeText(server)}, create ${outcomeText(made)}`;
      return yesIf(server.ok && isRefusedWith(made, ERROR_SHARING_VIOLATION), seen);
    },
  },
  {
    id: "persistent.exact-run",
    title:
      "Lookup and Delete know a reservation by exactly its run: a part of it is not found (1168)",
    neededBy: ["persistent"],
    source: remove,
    run: async (context) => {
      if (!context.elevated) return skipped(notElevated);
      const { firstPort } = await context.persistentBlock(4);
      const part = { firstPort, portCount: 2 };
      const found = context.reservations.lookup("tcp", part);
      const removed = context.reservations.delete("tcp", part);
      const whole = context.reservations.lookup("tcp", { firstPort, portCount: 4 });
      const seen = `part: lookup ${outcomeText(found)}, delete ${outcomeText(removed)}; whole: ${outcomeText(whole)}`;
      const unknown = [found, removed].every((one) => isRefusedWith(one, ERROR_NOT_FOUND));
      return yesIf(unknown && whole.ok, seen);
    },
  },
  {
    id: "persistent.token",
    title: "Tokens are whole 64-bit numbers, and binding with one works whatever its size",
    neededBy: ["persistent"],
    source: tokens,
    run: async (context) => {
      if (!context.elevated) return skipped(notElevated);
      const { token, firstPort } = await context.persistentBlock(1);
      const bound = await context.here.bind({ address: "127.0.0.1", port: 0, token });
      const bits = BigInt(token).toString(2).length;
      const seen = `a token of ${bits} bits, ${bits > 53 ? "more" : "not more"} than a JavaScript number holds; bind ${outcomeText(bound)}`;
      return yesIf(bound.ok && bound.port === firstPort, seen);
    },
  },
  {
    id: "persistent.byte-order",
    title:
      "The start port is in network order: the reserved port is refused to others, its byte-swapped twin is not",
    neededBy: ["persistent"],
    source: create,
    run: async (context) => {
      if (!context.elevated) return skipped(notElevated);
      const port = await portWithFreeTwin(context);
      const made = context.reservations.create("tcp", { firstPort: port, portCount: 1 });
      if (!made.ok) return yesIf(false, `create ${outcomeText(made)}`);
      const twin = byteSwapped(port);
      const own = await context.here.bind({ address: "0.0.0.0", port });
      const other = await context.here.bind({ address: "0.0.0.0", port: twin });
      const seen = `${port} ${outcomeText(own)}, twin ${twin} ${outcomeText(other)}`;
      return yesIf(isRefusedWith(own, WSAEACCES) && other.ok, seen);
    },
  },
  {
    id: "persistent.from-wildcard",
    title: "A run that the kernel picked at run time can be made persistent after its release",
    neededBy: ["persistent"],
    source: "https://learn.microsoft.com/windows/win32/winsock/sio-acquire-port-reservation",
    run: async (context) => {
      if (!context.elevated) return skipped(notElevated);
      const picked = await context.here.acquire("tcp", 0, 8);
      if (!picked.ok) return yesIf(false, `acquire ${outcomeText(picked)}`);
      await context.here.close(picked.socketId);
      const run = { firstPort: picked.port, portCount: 8 };
      const made = context.reservations.create("tcp", run);
      return yesIf(
        made.ok,
        `picked ${picked.port}-${picked.port + 7}, create ${outcomeText(made)}`,
      );
    },
  },
];

const twinTriesMax = 50;

/** A free port whose byte-swapped twin is another one, and free as well. */
async function portWithFreeTwin(context: WindowsContext): Promise<number> {
  for (let tries = 0; tries < twinTriesMax; tries += 1) {
    const port = await context.freeRun(1);
    const twin = byteSwapped(port);
    const bound =
      twin === port || twin === 0
        ? null
        : await context.here.bind({ address: "0.0.0.0", port: twin });
    if (bound?.ok !== true) continue;
    await context.here.close(bound.socketId);
    return port;
  }
  throw new Error("no free port with a free twin was found");
}

function byteSwapped(port: number): number {
  return ((port & 0xff) << 8) | (port >> 8);
}

async function roundTrip(
  context: WindowsContext,
  protocol: TransportProtocol,
): Promise<FactAnswer> {
  if (!context.elevated) return skipped(notElevated);
  const run = { firstPort: await context.freeRun(4), portCount: 4 };
  const made = context.reservations.create(protocol, run);
  if (!made.ok) return yesIf(false, `create ${outcomeText(made)}`);
  const found = context.reservations.lookup(protocol, run);
  const removed = context.reservations.delete(protocol, run);
  const gone = context.reservations.lookup(protocol, run);
  const same = found.ok && found.token === made.token;
  const seen =
    `create ok, lookup ${outcomeText(found)}${found.ok ? ` (${same ? "same" : "another"} token)` : ""}, ` +
    `delete ${outcomeText(removed)}, lookup ${outcomeText(gone)}`;
  return yesIf(same && removed.ok && isRefusedWith(gone, ERROR_NOT_FOUND), seen);
}
