// Runtime reservations: acquired without rights, for the process that acquired them, and gone with it.

import { errors } from "../../win32/error-table.js";
import { type Fact, skipped, yesIf } from "../fact.js";
import { isRefusedWith, outcomeText } from "../probe.js";
import { bindAny, plainRefused } from "./binding-facts.js";
import type { WindowsContext } from "./windows-context.js";

const acquire = "https://learn.microsoft.com/windows/win32/winsock/sio-acquire-port-reservation";
const associate =
  "https://learn.microsoft.com/windows/win32/winsock/sio-associate-port-reservation";
const release = "https://learn.microsoft.com/windows/win32/winsock/sio-release-port-reservation";

export const runtimeFacts: readonly Fact<WindowsContext>[] = [
  {
    id: "runtime.given-start",
    title: "ACQUIRE reserves a given run",
    neededBy: ["runtime"],
    source: acquire,
    run: async (context) => {
      const firstPort = await context.freeRun(4);
      const made = await context.here.acquire("tcp", firstPort, 4);
      const exact = made.ok && made.port === firstPort && made.portCount === 4;
      return yesIf(
        exact,
        made.ok ? `got ${made.port}, ${made.portCount} ports` : outcomeText(made),
      );
    },
  },
  {
    id: "runtime.wildcard",
    title: "ACQUIRE with start 0 lets the kernel pick a run",
    neededBy: ["runtime"],
    source: "https://learn.microsoft.com/windows/win32/api/mstcpip/ns-mstcpip-inet_port_range",
    run: async (context) => {
      const made = await context.here.acquire("tcp", 0, 8);
      if (!made.ok) return yesIf(false, outcomeText(made));
      return yesIf(
        made.port > 0 && made.portCount === 8,
        `picked ${made.port}, ${made.portCount} ports`,
      );
    },
  },
  {
    id: "runtime.in-use",
    title:
      "ACQUIRE of a run that is reserved or has a port in use is refused with WSAEADDRINUSE (10048)",
    neededBy: ["runtime"],
    source: "https://github.com/microsoft/msquic/issues/5795",
    run: async (context) => {
      const { firstPort } = await context.runtimeBlock(2);
      const again = await context.here.acquire("tcp", firstPort + 1, 1);
      const port = await context.freeRun(2);
      const server = await context.here.nodeListen("0.0.0.0", port);
      const used = await context.here.acquire("tcp", port, 2);
      const seen = `reserved ${outcomeText(again)}, in use ${outcomeText(used)}`;
      const refused = [again, used].every((one) => isRefusedWith(one, errors.WSAEADDRINUSE));
      return yesIf(server.ok && refused, seen);
    },
  },
  {
    id: "runtime.plain-refused",
    title:
      "A plain bind inside the run is refused with WSAEACCES (10013), in this process and in another",
    neededBy: ["runtime"],
    source: "https://github.com/microsoft/msquic/blob/main/src/platform/datapath_winuser.c",
    run: async (context) => plainRefused(context, await context.runtimeBlock(1)),
  },
  {
    id: "runtime.associate",
    title:
      "Another socket of the acquiring process can ASSOCIATE with the token and bind to port 0",
    neededBy: ["runtime"],
    source: associate,
    run: async (context) => bindAny(context.here, await context.runtimeBlock(1)),
  },
  {
    id: "runtime.explicit",
    title: "After ASSOCIATE, an explicit port of a run of four can be bound",
    neededBy: [],
    source: "documented nowhere for more than one port",
    run: async (context) => {
      const { firstPort, token } = await context.runtimeBlock(4);
      const bound = await context.here.bind({ address: "0.0.0.0", port: firstPort + 2, token });
      return yesIf(bound.ok, `port 3 of 4: ${outcomeText(bound)}`);
    },
  },
  {
    id: "runtime.associate-elsewhere",
    title: "Another process is refused by ASSOCIATE with the token",
    neededBy: [],
    source: associate,
    run: async (context) => {
      const { token } = await context.runtimeBlock(1);
      const other = await context.other();
      const bound = await other.bind({ address: "127.0.0.1", port: 0, token });
      return yesIf(!bound.ok, outcomeText(bound));
    },
  },
  {
    id: "runtime.release",
    title:
      "RELEASE on the acquiring socket gives the ports back, although another socket used the token before",
    neededBy: ["runtime"],
    source: release,
    run: async (context) => {
      const firstPort = await context.freeRun(1);
      const made = await context.here.acquire("tcp", firstPort, 1);
      if (!made.ok) return yesIf(false, outcomeText(made));
      const { token } = made;
      const bound = await context.here.bind({ address: "127.0.0.1", port: 0, token });
      if (bound.ok) await context.here.close(bound.socketId);
      const released = await context.here.release(made.socketId, token);
      const plain = await context.here.bind({ address: "0.0.0.0", port: firstPort });
      const seen = `release ${outcomeText(released)}, plain bind ${outcomeText(plain)}`;
      return yesIf(released.ok && plain.ok, seen);
    },
  },
  {
    id: "runtime.release-while-bound",
    title: "RELEASE works while a socket that uses the reservation is open",
    neededBy: [],
    source:
      "a note in the source of ms-nfs41-client says the opposite: https://github.com/kofemann/ms-nfs41-client",
    run: async (context) => {
      const firstPort = await context.freeRun(1);
      const made = await context.here.acquire("tcp", firstPort, 1);
      if (!made.ok) return skipped(`no block to try it in: ${outcomeText(made)}`);
      const bound = await context.here.bind({ address: "127.0.0.1", port: 0, token: made.token });
      const released = await context.here.release(made.socketId, made.token);
      return yesIf(
        bound.ok && released.ok,
        `bind ${outcomeText(bound)}, release ${outcomeText(released)}`,
      );
    },
  },
  {
    id: "runtime.ends-with-socket",
    title: "The reservation ends when the socket that acquired it is closed",
    neededBy: ["runtime"],
    source: acquire,
    run: async (context) => {
      const firstPort = await context.freeRun(1);
      const made = await context.here.acquire("tcp", firstPort, 1);
      if (!made.ok) return yesIf(false, outcomeText(made));
      await context.here.close(made.socketId);
      const plain = await context.here.bind({ address: "0.0.0.0", port: firstPort });
      return yesIf(plain.ok, `plain bind ${outcomeText(plain)}`);
    },
  },
  {
    id: "runtime.ends-with-process",
    title: "The reservation ends with the process that acquired it, also when that is killed",
    neededBy: ["runtime"],
    source: acquire,
    run: async (context) => {
      const firstPort = await context.freeRun(1);
      const process = await context.newProcess();
      const made = await process.acquire("tcp", firstPort, 1);
      if (!made.ok) return yesIf(false, outcomeText(made));
      const before = await context.here.bind({ address: "0.0.0.0", port: firstPort });
      await process.end();
      const after = await context.here.bind({ address: "0.0.0.0", port: firstPort });
      const seen = `plain bind before ${outcomeText(before)}, after ${outcomeText(after)}`;
      return yesIf(!before.ok && after.ok, seen);
    },
  },
  {
    id: "runtime.udp",
    title: "The same in UDP: acquired, refused to others, bound with the token",
    neededBy: [],
    source: acquire,
    run: async (context) => {
      const block = await context.runtimeBlock(1, "udp");
      const plain = await plainRefused(context, block);
      const bound = await bindAny(context.here, block);
      const seen = `plain: ${plain.seen}; associated: ${bound.seen}`;
      return yesIf(plain.result === "yes" && bound.result === "yes", seen);
    },
  },
];
