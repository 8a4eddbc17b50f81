// Reads the body of a request, as far as a message may be long.

import type { IncomingMessage } from "node:http";
import { messageBytesMax } from "../grpc/limits.js";
import { HttpRefusal } from "./refusal.js";

/** Throws HttpRefusal 413 for a longer body. Rejects with Node's error when the caller is gone. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? "0") > messageBytesMax) throw tooLong();
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Not by iteration, whose early end would destroy the connection before the refusal is sent.
  await new Promise<void>((resolve, reject) => {
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= messageBytesMax) chunks.push(chunk);
      else reject(tooLong());
    });
    request.once("end", () => resolve());
    request.once("error", reject);
    request.once("close", () => reject(new Error("the caller is gone")));
  });
  return Buffer.concat(chunks);
}

function tooLong(): HttpRefusal {
  return new HttpRefusal(
    413,
    `the body is longer than ${messageBytesMax} bytes; send less at once`,
  );
}
