// What a client of the portserver protocol sends: the id of a process as text, and nothing else. Reads it as it comes, in pieces,
// with or without the end of the line. Answers nothing.

import type { Socket } from "node:net";

/** As portserver.py has it. */
const charactersMax = 20;
/** Process ids are 32 bits at most on every platform. */
const processIdMax = 0xffff_ffff;
/** How long a client may take to say what it wants. */
const sendMsMax = 10_000;
/**
 * portserver.py takes what comes first for the whole request, so that there are clients that end neither the line nor the stream.
 * The rest of a request in pieces comes at once.
 */
const quietMs = 200;

/** `null` when the text is no process id. Like Python's int(), it allows spaces around. */
export function parseRequest(text: string): number | null {
  const digits = /^\s*\+?(\d+)\s*$/.exec(text)?.[1];
  if (digits === undefined || text.length > charactersMax) return null;
  const processId = Number(digits);
  return processId <= processIdMax ? processId : null;
}

/** Resolves with what the client sent; `null` when it said nothing in time, too much, or went away. Rejects never. */
export function readRequest(socket: Socket): Promise<string | null> {
  return new Promise((resolve) => {
    let text = "";
    const done = (request: string | null): void => {
      clearTimeout(late);
      clearTimeout(quiet);
      socket.off("data", receive).off("end", end).off("close", end);
      // What else it sends is thrown away, and the end of its stream must be read to be seen.
      socket.resume();
      resolve(request);
    };
    const end = (): void => done(text === "" ? null : text);
    const receive = (chunk: Buffer): void => {
      text += chunk.toString("latin1");
      clearTimeout(quiet);
      if (text.includes("\n") || text.length > charactersMax) end();
      else quiet = setTimeout(end, quietMs);
    };
    let quiet: NodeJS.Timeout | undefined;
    const late = setTimeout(() => done(null), sendMsMax);
    socket.on("data", receive).on("end", end).on("close", end);
  });
}
