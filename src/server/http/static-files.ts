// Answers with the dashboard's files: known ones by their tag, texts compressed once, hashed ones kept by browsers for good.

import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { answer, writeHead } from "./answer.js";
import { takesGzip } from "./compression.js";
import type { DashboardFile, DashboardFiles } from "./dashboard-files.js";

const compress = promisify(gzip);

/** A year, the most that caches honour: https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.1 */
const forGood = "public, max-age=31536000, immutable";

export class StaticFiles {
  readonly #files: DashboardFiles;
  readonly #compressed = new Map<DashboardFile, Promise<Buffer>>();

  constructor(files: DashboardFiles) {
    this.#files = files;
  }

  get empty(): boolean {
    return this.#files.size === 0;
  }

  find(path: string): DashboardFile | null {
    return this.#files.get(path) ?? null;
  }

  /** Rejects only when compression fails, which it does not. */
  async answer(
    file: DashboardFile,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const headers = {
      "content-type": file.contentType,
      "cache-control": file.hashed ? forGood : "no-cache",
      etag: file.etag,
      vary: "Accept-Encoding",
    };
    if (request.headers["if-none-match"] === file.etag) {
      writeHead(response, 304, headers);
      response.end();
    } else if (file.text && takesGzip(request)) {
      const packed = await this.#packed(file);
      answer(response, 200, { ...headers, "content-encoding": "gzip" }, packed);
    } else {
      answer(response, 200, headers, file.content);
    }
  }

  #packed(file: DashboardFile): Promise<Buffer> {
    const packed = this.#compressed.get(file) ?? compress(file.content);
    this.#compressed.set(file, packed);
    return packed;
  }
}
