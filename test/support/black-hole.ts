// An address of loopback at which connections are never answered, as those to a host that is switched off. Linux only: its system
// leaves connections unanswered when the program has not taken those before. https://man7.org/linux/man-pages/man2/listen.2.html

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { eventually } from "./eventually.js";

export interface BlackHole {
  /** host:port. */
  readonly endpoint: string;
  stop(): void;
}

/** It listens for one connection, and takes none. */
const program = [
  "import socket, time",
  "listener = socket.socket()",
  'listener.bind(("127.0.0.1", 0))',
  "listener.listen(0)",
  "print(listener.getsockname()[1], flush=True)",
  "time.sleep(600)",
].join("\n");

export async function startBlackHole(): Promise<BlackHole> {
  const child: ChildProcess = spawn("python3", ["-c", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  const port = Number(output.toString());
  const endpoint = `127.0.0.1:${port}`;
  const fillers: Socket[] = [];
  // One connection waits to be taken; which of the next ones is the first without an answer is for the system to say.
  await eventually("a connection that is not answered", () => {
    const filler = connect({ host: "127.0.0.1", port });
    filler.on("error", () => undefined);
    fillers.push(filler);
    return connectingTo(endpoint) > 0;
  });
  const own = fillers.filter((filler) => filler.connecting);
  for (const filler of own) filler.destroy();
  return {
    endpoint,
    stop: () => {
      for (const filler of fillers) filler.destroy();
      child.kill("SIGKILL");
    },
  };
}

/** How many connections to it wait for an answer: state 02 in https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt */
export function connectingTo(endpoint: string): number {
  const port = Number(endpoint.split(":")[1]).toString(16).toUpperCase().padStart(4, "0");
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n");
  return lines.filter((line) => new RegExp(`^ *\\d+: \\w+:\\w+ 0100007F:${port} 02 `).test(line))
    .length;
}
