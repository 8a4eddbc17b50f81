// Asks the sidecars of the lab over the network, from Linux, who they are. Leaves no connection behind in TIME_WAIT, which would
// be in the way of the next bind and in the tables that Wine reads slowly.

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";

/** On a busy machine a Windows program may take its time. */
const answerMsMax = 10_000;

/** The id of the Windows process that answers HTTP there; `null` when nobody listens. Rejects when the answer is none. */
export async function httpServedBy(port: number, host = "127.0.0.1"): Promise<number | null> {
  const socket = connect({ port, host });
  socket.setTimeout(answerMsMax, () => socket.destroy(new Error(`no answer from port ${port}`)));
  try {
    await once(socket, "connect");
    // HTTP/1.1 with keep-alive: a server that closes the connection would be the one with TIME_WAIT.
    socket.write(`GET / HTTP/1.1\r\nHost: ${host.includes(":") ? `[${host}]` : host}\r\n\r\n`);
    let text = "";
    for await (const chunk of socket) {
      text += String(chunk);
      const found = /\r\n\r\n(?:[0-9a-f]+\r\n)?(\d+)/.exec(text);
      if (found !== null) return Number(found[1]);
    }
    throw new Error(`an answer without a process id: ${text}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") return null;
    throw error;
  } finally {
    socket.resetAndDestroy();
  }
}

/** The id of the Windows process that answers a datagram there; `null` when nobody is bound. */
export async function datagramServedBy(port: number, host = "127.0.0.1"): Promise<number | null> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  try {
    // Connected, so that "port unreachable" comes back as an error.
    socket.connect(port, host);
    await once(socket, "connect");
    socket.send("who are you?");
    const signal = AbortSignal.timeout(answerMsMax);
    const [message] = (await once(socket, "message", { signal })) as [Buffer];
    return Number(message.toString());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") return null;
    throw error;
  } finally {
    socket.close();
  }
}
