// A holder as a process of its own, under POSIX: leases a port in its own name, binds and serves it, and hands its listening
// socket to a child where asked. Says over IPC what it has, and then waits to be killed.

import { spawn } from "node:child_process";
import { openLesseeSockets } from "@portlease/native";
import { LeaseCaller } from "../../support/lease-caller.js";

/** What it says. */
export interface HolderReport {
  readonly leaseId: string;
  readonly port: number;
  readonly proven: boolean;
  /** 0: none was started. */
  readonly childId: number;
}

const [address = "", how = ""] = process.argv.slice(2);
const caller = new LeaseCaller(address);
const { leaseId, port, lease } = await caller.acquire({
  holder: { service: "orders", process: { processId: process.pid } },
});
if (how !== "unbound") {
  const socket = openLesseeSockets().bindLeased({
    protocol: "tcp",
    port,
    address: "127.0.0.1",
    ipv6Only: false,
    bindMethod: "share-port",
    token: 0n,
    tokenPortCount: 1,
  });
  socket.listen(8);
  process.send?.({ ...report(), childId: how === "child" ? startChild(socket.descriptor) : 0 });
} else {
  process.send?.({ ...report(), childId: 0 });
}
setInterval(() => undefined, 1_000_000);

function report(): Omit<HolderReport, "childId"> {
  return { leaseId, port, proven: lease.holder?.process?.proven ?? false };
}

/** Has the socket too, and outlives this process. */
function startChild(descriptor: number): number {
  const script = "setInterval(() => undefined, 1e6)";
  const stdio: ("ignore" | number)[] = ["ignore", "ignore", "ignore", descriptor];
  const child = spawn(process.execPath, ["-e", script], { stdio, detached: true });
  child.unref();
  return child.pid ?? 0;
}
