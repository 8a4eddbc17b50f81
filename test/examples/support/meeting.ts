// Makes programs wait for each other, so that a test knows that they all did something at the same time.

import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Meeting {
  /** Whoever asks here is answered when all others have asked, too. */
  readonly url: string;
  close(): void;
}

export async function openMeeting(guestCount: number): Promise<Meeting> {
  const waiting: ServerResponse[] = [];
  const server = createServer((_request, response) => {
    waiting.push(response);
    if (waiting.length < guestCount) return;
    for (const guest of waiting) guest.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
