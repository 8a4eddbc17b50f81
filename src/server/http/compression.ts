// Long answers leave compressed where the caller takes that, as many at once as cost little.

import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import { answer } from "./answer.js";
import { compressFromBytes, compressionsMax } from "./limits.js";

const compress = promisify(gzip);

export class Compression {
  #underWay = 0;

  /** Never rejects. */
  async answer(response: ServerResponse, contentType: string, plain: Buffer): Promise<void> {
    const headers = { "content-type": contentType, vary: "Accept-Encoding" };
    const worthIt = plain.length >= compressFromBytes && takesGzip(response.req);
    if (!worthIt || this.#underWay >= compressionsMax) {
      answer(response, 200, headers, plain);
      return;
    }
    this.#underWay += 1;
    try {
      // Fast: it is another thread's work, on a host that has better things to do.
      const packed = await compress(plain, { level: constants.Z_BEST_SPEED });
      answer(response, 200, { ...headers, "content-encoding": "gzip" }, packed);
    } catch {
      answer(response, 200, headers, plain);
    } finally {
      this.#underWay -= 1;
    }
  }
}

/** https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3 */
export function takesGzip({ headers }: IncomingMessage): boolean {
  const accepted = headers["accept-encoding"];
  if (typeof accepted !== "string") return false;
  return accepted.split(",").some((one) => {
    const [name = "", ...parameters] = one.toLowerCase().split(";");
    const refused = parameters.some((parameter) => /^\s*q=0(?:\.0*)?\s*$/.test(parameter));
    return name.trim() === "gzip" && !refused;
  });
}
