// Free ports of loopback for servers that are started again on the same port: from below the range of which the system takes
// ports for connections (32768 on Linux, 49152 on Windows), since one of those could be there in the meantime - even that of a
// client who calls the server that is away, and then reaches itself.

import { createServer } from "node:net";
import { once } from "node:events";
import { randomInt } from "node:crypto";

const first = 20_000;
const last = 29_999;
const triesMax = 100;

/** That many different ports of 127.0.0.1, free a moment ago. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>();
  for (let tries = 0; tries < triesMax && found.size < count; tries += 1) {
    const port = randomInt(first, last + 1);
    if (await isFree(port)) found.add(port);
  }
  if (found.size < count) throw new Error(`there are no ${count} free ports in ${first}-${last}`);
  return [...found];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
