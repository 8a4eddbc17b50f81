// Who may bind inside a persistent reservation, and how.

import { errors } from "../../win32/error-table.js";
import { type Fact, type FactAnswer, skipped, yesIf } from "../fact.js";
import { isRefusedWith, outcomeText, type Probe } from "../probe.js";
import { notElevated } from "./persistent-facts.js";
import type { TestBlock, WindowsContext } from "./windows-context.js";

const { WSAEACCES, WSAEAFNOSUPPORT, WSAEADDRNOTAVAIL } = errors;

const associate =
  "https://learn.microsoft.com/windows/win32/winsock/sio-associate-port-reservation";
const cibir = "https://github.com/microsoft/msquic/blob/main/docs/CIBIR.md";
const inferred =
  "documented nowhere: every sample binds port 0; MsQuic binds the number of a one-port reservation";

/** A host without IPv6, which says nothing about the port. */
const noSuchAddress = [WSAEAFNOSUPPORT, WSAEADDRNOTAVAIL] as const;

const everyAddress = ["0.0.0.0", "127.0.0.1", "::", "::1"] as const;

export const bindingFacts: readonly Fact<WindowsContext>[] = [
  {
    id: "binding.plain-refused",
    title:
      "A plain bind inside the block is refused with WSAEACCES (10013), in this process and in another",
    neededBy: ["persistent"],
    source: cibir,
    run: (context) => inBlock(context, 4, (block) => plainRefused(context, block)),
  },
  {
    id: "binding.node-refused",
    title: "An unmodified Node server in the block fails with EACCES",
    neededBy: [],
    source: "https://github.com/nodejs/node/issues/35637",
    run: (context) =>
      inBlock(context, 1, async ({ firstPort }) => {
        const server = await (await context.other()).nodeListen("0.0.0.0", firstPort);
        return yesIf(!server.ok && server.errorName === "EACCES", outcomeText(server));
      }),
  },
  {
    id: "binding.associate-any",
    title: "After ASSOCIATE, bind to port 0 takes a port of the block",
    neededBy: ["persistent"],
    source: associate,
    run: (context) => inBlock(context, 4, (block) => bindAny(context.here, block)),
  },
  {
    id: "binding.one-port",
    title: "In a block of one port, ASSOCIATE and bind to port 0 give that port, on every address",
    neededBy: ["persistent"],
    source: associate,
    run: (context) =>
      inBlock(context, 1, (block) => bindEach(context.here, block, 0, block.firstPort)),
  },
  ...(["0.0.0.0", "::1", "::"] as const).map((address): Fact<WindowsContext> => {
    const names = { "0.0.0.0": "ipv4", "::1": "ipv6", "::": "dual-stack" } as const;
    return {
      id: `binding.explicit-${names[address]}`,
      title: `After ASSOCIATE, an explicit port of a block of four can be bound on ${address}`,
      neededBy: [],
      source: inferred,
      run: (context) =>
        inBlock(context, 4, async ({ firstPort, token }) => {
          const bound = await context.here.bind({ address, port: firstPort + 2, token });
          return yesIf(bound.ok, `port 3 of 4: ${outcomeText(bound)}`);
        }),
    };
  }),
  {
    id: "binding.outside",
    title: "After ASSOCIATE, a port outside of the block is refused",
    neededBy: [],
    source: inferred,
    run: (context) =>
      inBlock(context, 1, async ({ token }) => {
        const port = await context.freeRun(1);
        const bound = await context.here.bind({ address: "127.0.0.1", port, token });
        return yesIf(!bound.ok, outcomeText(bound));
      }),
  },
  {
    id: "binding.wrong-token",
    title: "ASSOCIATE with a token that does not exist is refused",
    neededBy: ["persistent"],
    source: associate,
    run: (context) =>
      inBlock(context, 1, async ({ token }) => {
        const wrong = (BigInt(token) ^ 1n).toString();
        const bound = await context.here.bind({ address: "127.0.0.1", port: 0, token: wrong });
        return yesIf(!bound.ok, outcomeText(bound));
      }),
  },
  {
    id: "binding.dead-token",
    title:
      "The token of a deleted reservation is refused, also when the same port is reserved again",
    neededBy: [],
    source: "inferred from tokens being opaque and new for each reservation",
    run: (context) =>
      inBlock(context, 1, async (block) => {
        context.reservations.delete("tcp", block);
        const again = context.reservations.create("tcp", block);
        const { token } = block;
        const bound = await context.here.bind({ address: "127.0.0.1", port: 0, token });
        const same = again.ok && again.token === token;
        const seen = `create again ${outcomeText(again)} (${same ? "the same" : "another"} token), old token ${outcomeText(bound)}`;
        return yesIf(again.ok && !bound.ok, seen);
      }),
  },
  {
    id: "binding.other-process",
    title: "Another elevated process can ASSOCIATE with the token and bind",
    neededBy: ["persistent"],
    source: associate,
    run: (context) => inBlock(context, 1, async (block) => bindAny(await context.other(), block)),
  },
  {
    id: "binding.udp",
    title: "The same in UDP: a plain bind is refused, ASSOCIATE and bind to port 0 work",
    neededBy: [],
    source: associate,
    run: async (context) => {
      if (!context.elevated) return skipped(notElevated);
      const block = await context.persistentBlock(1, "udp");
      const { firstPort: port, protocol } = block;
      const plain = await context.here.bind({ protocol, address: "0.0.0.0", port });
      const bound = await bindAny(context.here, block);
      const seen = `plain ${outcomeText(plain)}; associated ${bound.seen}`;
      return yesIf(isRefusedWith(plain, WSAEACCES) && bound.result === "yes", seen);
    },
  },
  {
    id: "binding.protocols-apart",
    title: "A TCP reservation leaves the same number free in UDP",
    neededBy: [],
    source:
      "https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-createpersistentudpportreservation",
    run: (context) =>
      inBlock(context, 1, async ({ firstPort: port }) => {
        const bound = await context.here.bind({ protocol: "udp", address: "0.0.0.0", port });
        return yesIf(bound.ok, `UDP ${outcomeText(bound)}`);
      }),
  },
];

/** In a persistent block; without the rights for one the fact is skipped. */
async function inBlock(
  context: WindowsContext,
  portCount: number,
  tryIt: (block: TestBlock) => Promise<FactAnswer>,
): Promise<FactAnswer> {
  if (!context.elevated) return skipped(notElevated);
  return await tryIt(await context.persistentBlock(portCount));
}

/** On every address, in both processes; also used for runtime blocks. */
export async function plainRefused(
  context: WindowsContext,
  { firstPort: port, protocol }: TestBlock,
): Promise<FactAnswer> {
  const seen: string[] = [];
  let refused = true;
  for (const [name, probe] of [
    ["here", context.here],
    ["other process", await context.other()],
  ] as const) {
    for (const address of everyAddress) {
      const bound = await probe.bind({ protocol, address, port });
      refused &&= isRefusedWith(bound, WSAEACCES, ...noSuchAddress);
      seen.push(`${name} ${address} ${bound.ok ? "ok" : bound.errorNumber}`);
    }
  }
  return yesIf(refused, seen.join(", "));
}

/** ASSOCIATE and bind to port 0. */
export async function bindAny(probe: Probe, block: TestBlock): Promise<FactAnswer> {
  const { protocol, token, firstPort, portCount } = block;
  const bound = await probe.bind({ protocol, address: "127.0.0.1", port: 0, token });
  if (!bound.ok) return yesIf(false, outcomeText(bound));
  const inside = bound.port >= firstPort && bound.port < firstPort + portCount;
  return yesIf(inside, `block from ${firstPort}, ${portCount} ports; got ${bound.port}`);
}

async function bindEach(
  probe: Probe,
  { token }: TestBlock,
  port: number,
  expected: number,
): Promise<FactAnswer> {
  const seen: string[] = [];
  let all = true;
  for (const address of everyAddress) {
    const bound = await probe.bind({ address, port, token });
    all &&= bound.ok ? bound.port === expected : isRefusedWith(bound, ...noSuchAddress);
    seen.push(`${address} ${bound.ok ? bound.port : outcomeText(bound)}`);
    if (bound.ok) await probe.close(bound.socketId);
  }
  return yesIf(all, seen.join(", "));
}
