import { once } from "node:events";
import { connect } from "node:net";

/** Whether somebody takes connections at the path of a socket. */
export async function canConnect(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
