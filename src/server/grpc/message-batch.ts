// Several messages of a stream that are written at once. A write costs grpc-js and HTTP/2 the same for one message as for hundreds,
// and grpc-js has no way to write more than one (https://github.com/grpc/grpc-node/pull/2652), so what it writes is made here.

/** Before each message: a byte for compression, and the length (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */
const prefixBytes = 5;

export class MessageBatch {
  /** At least one, each encoded. */
  readonly messages: readonly Buffer[];
  #framed: Buffer | null = null;

  constructor(messages: readonly Buffer[]) {
    this.messages = messages;
  }

  /** As gRPC sends them, one after the other; made once for all readers. */
  get framed(): Buffer {
    this.#framed ??= Buffer.concat(
      this.messages.flatMap((message) => [prefixOf(message), message]),
    );
    return this.#framed;
  }
}

/**
 * What a method answers grpc-js that is asked to encode `written`: one encoded message, or several. grpc-js makes room for a prefix
 * and as many bytes as it is told, writes a prefix for all of them, and has the bytes copied behind it. Those of a batch are copied over
 * that prefix: each of its messages has its own.
 */
export function serializeWritten(written: Buffer | MessageBatch): Buffer {
  if (!(written instanceof MessageBatch)) return written;
  const { framed } = written;
  const afterPrefix = framed.subarray(prefixBytes);
  afterPrefix.copy = (target, start = 0) => framed.copy(target, start - prefixBytes);
  return afterPrefix;
}

function prefixOf(message: Buffer): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  return prefix;
}
