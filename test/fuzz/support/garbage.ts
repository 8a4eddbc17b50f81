// Bytes that are no gRPC, by what they look like, and how they are sent to a broker.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { BrokerProcess } from "../../support/broker-process.js";
import type { SeededRandom } from "../../support/seeded-random.js";

/** What an HTTP/2 connection begins with. https://www.rfc-editor.org/rfc/rfc9113#section-3.4 */
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const emptySettings = frame(4, 0, 0, Buffer.alloc(0));

export const garbage: Readonly<Record<string, (random: SeededRandom) => Buffer>> = {
  "random bytes": (random) => Buffer.from(random.bytes(1 + random.integer(5_000))),
  "an HTTP/1 request": () => Buffer.from("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  "a TLS hello": (random) => Buffer.concat([Buffer.from([22, 3, 1, 2, 0]), random.bytes(512)]),
  "a preface and random bytes": (random) => Buffer.concat([preface, random.bytes(2_000)]),
  "frames of random kinds": (random) => {
    const frames = Array.from({ length: 40 }, () => {
      const [type = 0, flags = 0, stream = 0] = random.bytes(3);
      return frame(type % 12, flags, stream, Buffer.from(random.bytes(random.integer(200))));
    });
    return Buffer.concat([preface, emptySettings, ...frames]);
  },
  "half a frame": (random) =>
    Buffer.concat([preface, emptySettings, frame(0, 0, 1, Buffer.from(random.bytes(99)))]).subarray(
      0,
      -50,
    ),
  "a frame that says it is 16 MB": () =>
    Buffer.concat([preface, emptySettings, Buffer.from("ffffff010400000001", "hex")]),
  "endless settings": () =>
    Buffer.concat([preface, ...Array.from({ length: 3_000 }, () => emptySettings)]),
};

/** Resolves when all is sent or the broker has closed the connection. */
export async function send({ address }: BrokerProcess, bytes: Buffer): Promise<Socket> {
  const socket = connect(Number(address.split(":").at(-1)), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.resume();
  await once(socket, "connect");
  await new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
    socket.write(bytes, () => resolve());
  });
  return socket;
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
