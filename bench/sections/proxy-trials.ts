// What is asked of a program by its port: streams, messages and connections.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { quantilesOf } from "../statistics.js";

export interface TrialOptions {
  /** How much each stream carries, in bytes. */
  readonly streamBytes: number;
  /** How many messages go there and back, one at a time, and how many connections are made, one at a time. */
  readonly turns: number;
}

/** One thing that is measured; gives its figures for one port. */
export interface Trial {
  readonly figures: readonly { readonly title: string; readonly unit: string }[];
  readonly measure: (port: number, options: TrialOptions) => Promise<readonly number[]>;
}

const message = Buffer.alloc(64, "m");
const chunk = Buffer.alloc(256 * 1024, "c");

export const oneWayTitle = "one way";

export const trials: readonly Trial[] = [
  { figures: [{ title: oneWayTitle, unit: "MB/s" }], measure: oneWay },
  { figures: [{ title: "there and back at once", unit: "MB/s each way" }], measure: bothWays },
  {
    figures: [
      { title: "64 bytes there and back, p50", unit: "µs" },
      { title: "64 bytes there and back, p99", unit: "µs" },
    ],
    measure: messages,
  },
  { figures: [{ title: "connect, one message, end: p50", unit: "µs" }], measure: connections },
];

export async function oneWay(port: number, { streamBytes }: TrialOptions): Promise<[number]> {
  const socket = await connected(port);
  const startMs = performance.now();
  socket.write("s");
  const answered = once(socket, "data");
  await send(socket, streamBytes);
  socket.end();
  const [answer] = (await answered) as [Buffer];
  const seconds = (performance.now() - startMs) / 1_000;
  if (Number(answer.toString()) !== streamBytes) throw new Error("bytes were lost on the way");
  await closed(socket);
  return [streamBytes / seconds / 1e6];
}

async function bothWays(port: number, { streamBytes }: TrialOptions): Promise<[number]> {
  const socket = await connected(port);
  const startMs = performance.now();
  socket.write("e");
  let bytes = 0;
  socket.on("data", (data: Buffer) => (bytes += data.length));
  const ended = once(socket, "end");
  await send(socket, streamBytes);
  socket.end();
  await ended;
  const seconds = (performance.now() - startMs) / 1_000;
  if (bytes !== streamBytes) throw new Error("bytes were lost on the way");
  await closed(socket);
  return [streamBytes / seconds / 1e6];
}

async function messages(port: number, { turns }: TrialOptions): Promise<[number, number]> {
  const socket = await connected(port);
  socket.write("e");
  const timesUs: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) timesUs.push(await exchange(socket));
  socket.end();
  await closed(socket.resume());
  const { p50, p99 } = quantilesOf(timesUs);
  return [p50, p99];
}

async function connections(port: number, { turns }: TrialOptions): Promise<[number]> {
  const timesUs: number[] = [];
  for (let turn = 0; turn < turns / 4; turn += 1) {
    const startMs = performance.now();
    const socket = await connected(port);
    socket.write("e");
    await exchange(socket);
    socket.end();
    await closed(socket.resume());
    timesUs.push((performance.now() - startMs) * 1_000);
  }
  return [quantilesOf(timesUs).p50];
}

/** Sends a message and waits until all of it is back; in µs. */
function exchange(socket: Socket): Promise<number> {
  const startMs = performance.now();
  let left = message.length;
  return new Promise((resolve) => {
    const hear = (data: Buffer): void => {
      left -= data.length;
      if (left > 0) return;
      socket.off("data", hear);
      resolve((performance.now() - startMs) * 1_000);
    };
    socket.on("data", hear);
    socket.write(message);
  });
}

async function send(socket: Socket, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; left -= chunk.length) {
    if (!socket.write(left < chunk.length ? chunk.subarray(0, left) : chunk)) {
      await once(socket, "drain");
    }
  }
}

async function connected(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  await once(socket, "connect");
  return socket;
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, "close");
}
