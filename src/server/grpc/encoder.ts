// Encodes messages into a buffer that is used again and again. A writer of its own for each message begins with 128 bytes and doubles
// them as it goes, which costs more than what is written.

import { BinaryWriter } from "@bufbuild/protobuf/wire";

/** What ts-proto generates for a message. */
export interface Codec<Message> {
  encode(message: Message, writer?: BinaryWriter): BinaryWriter;
}

/** Returns what encodes: bytes that are not used again. The buffer stays as large as the largest message was. */
export function encoderOf<Message>(codec: Codec<Message>): (message: Message) => Uint8Array {
  const writer = new BinaryWriter();
  return (message) => {
    try {
      return codec.encode(message, writer).finish();
    } catch (error) {
      // Else what was written of this one would stand before the next.
      writer.finish();
      throw error;
    }
  };
}
