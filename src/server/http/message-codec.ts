// The two forms in which a unary call's messages travel, by content type: JSON, and the bytes of protobuf, which Connect's own
// clients prefer. No form of a web page can send either.

import { unreadableBytes } from "../grpc/unreadable-request.js";
import type { ApiMethod } from "./api-methods.js";
import { HttpRefusal } from "./refusal.js";

export interface MessageCodec {
  readonly contentType: string;
  /** The message as handlers get it. Throws BrokerError, or HttpRefusal 400 for bytes that are no UTF-8. */
  read(method: ApiMethod, body: Buffer): unknown;
  write(method: ApiMethod, answer: unknown): Buffer;
}

const json: MessageCodec = {
  contentType: "application/json",
  read: (method, body) => method.json.read(utf8(body)),
  write: (method, answer) => Buffer.from(method.json.write(answer)),
};

const proto: MessageCodec = {
  contentType: "application/proto",
  read: ({ definition }, body) => {
    try {
      return definition.requestDeserialize(body);
    } catch {
      throw unreadableBytes();
    }
  },
  write: ({ definition }, answer) => definition.responseSerialize(answer),
};

const codecs = [json, proto];

/** Throws HttpRefusal 415. */
export function codecFor(contentType: string | undefined): MessageCodec {
  const [type = ""] = (contentType ?? "").split(";");
  const found = codecs.find((codec) => codec.contentType === type.trim().toLowerCase());
  if (found !== undefined) return found;
  throw new HttpRefusal(415, "send content-type: application/json, and JSON, such as {}", {
    "accept-post": codecs.map((codec) => codec.contentType).join(", "),
  });
}

function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new HttpRefusal(400, "the body is no UTF-8; JSON is sent in UTF-8");
  }
}
