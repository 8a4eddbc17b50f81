// Hands ports over as systemd does: listening sockets as the program's descriptors 3 and up, named by LISTEN_FDS. For Linux and
// macOS. A descriptor needs no rights of the program: another user, or a process in another network namespace, can use it.

import type { ChildStart, Handover, HandoverWay, LeasedPort } from "./handover.js";
import { openPassedSockets, type PassedSocket } from "./passed-sockets.js";

/** What a socket without a name of its own is called in LISTEN_FDNAMES. */
const unnamed = "portlease";

export const descriptorWay: HandoverWay = {
  name: "sockets",
  binds: true,
  open: async (ports, { address, restarts }) =>
    new DescriptorHandover(ports, await openPassedSockets(ports, address), restarts),
};

class DescriptorHandover implements Handover {
  readonly keepsPorts = true;
  readonly #ports: readonly LeasedPort[];
  readonly #sockets: readonly PassedSocket[];
  readonly #restarts: boolean;

  constructor(ports: readonly LeasedPort[], sockets: readonly PassedSocket[], restarts: boolean) {
    this.#ports = ports;
    this.#sockets = sockets;
    this.#restarts = restarts;
  }

  /** https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html; LISTEN_PID is the launcher's business. */
  prepare(): Promise<ChildStart> {
    const names = this.#sockets.map(({ name }) => name ?? unnamed);
    return Promise.resolve({
      environment: { LISTEN_FDS: String(names.length), LISTEN_FDNAMES: names.join(":") },
      descriptors: this.#sockets.map(({ socket }) => socket.descriptor),
      programPorts: this.#ports.map(({ port }) => port),
    });
  }

  /** From here on the program alone has the sockets: a copy of ours would keep a port open that the program has closed. */
  started(): void {
    if (!this.#restarts) this.#closeAll();
  }

  ended(): void {
    // Kept, so that connections wait for the next start and none is refused.
  }

  close(): Promise<void> {
    this.#closeAll();
    return Promise.resolve();
  }

  #closeAll(): void {
    for (const { socket } of this.#sockets) socket.close();
  }
}
