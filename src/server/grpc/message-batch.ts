// Several messages of a stream that are written at once. A write costs grpc-js and HTTP/2 the same for one message as for hundreds,
// and grpc-js has no way to write more than one (https://github.com/grpc/grpc-node/pull/2652), so what it writes is made here.

import type { Writable } from "node:stream";

/** Before each message: a byte for compression, and the length (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */
const prefixBytes = 5;
const notCompressed = 0;

type Encode<Message> = (message: Message) => Uint8Array;

export class MessageBatch<Message> {
  /** At least one. */
  readonly messages: readonly Message[];
  #framed: Buffer | null = null;

  constructor(messages: readonly Message[]) {
    this.messages = messages;
  }

  /** As gRPC sends them, one after the other; made once for all readers. */
  framedBy(encode: Encode<Message>): Buffer {
    this.#framed ??= framed(this.messages.map((message) => encode(message)));
    return this.#framed;
  }
}

/**
 * What encodes for grpc-js what is written: a message, or several. grpc-js makes room for a prefix and as many bytes as it is given, writes
 * a prefix for all of them, and has the bytes copied behind it. Those of a batch are copied over that prefix: each of its messages has its
 * own.
 */
export function serializerOf<Message>(
  encode: Encode<Message>,
): (written: Message | MessageBatch<Message>) => Buffer {
  return (written) => {
    if (!(written instanceof MessageBatch)) return asBuffer(encode(written));
    const whole = written.framedBy(encode);
    const afterPrefix = whole.subarray(prefixBytes);
    afterPrefix.copy = (target, start = 0) => whole.copy(target, start - prefixBytes);
    return afterPrefix;
  };
}

/**
 * From now on what waits while something is being written goes as one batch: its method must have {@link serializerOf}.
 * https://nodejs.org/api/stream.html#writable_writevchunks-callback
 */
export function joinWaiting(stream: Writable): void {
  stream._writev = (chunks, callback) => {
    const messages = chunks.map(({ chunk }) => chunk as unknown);
    stream._write(new MessageBatch(messages), "utf8", callback);
  };
}

/** The same bytes, not copied. */
function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function framed(messages: readonly Uint8Array[]): Buffer {
  const bytes = messages.reduce((sum, { length }) => sum + prefixBytes + length, 0);
  const whole = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const message of messages) {
    whole.writeUInt8(notCompressed, at);
    whole.writeUInt32BE(message.length, at + 1);
    whole.set(message, at + prefixBytes);
    at += prefixBytes + message.length;
  }
  return whole;
}
