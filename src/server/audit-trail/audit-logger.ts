// The winston logger of the audit log: JSON lines into a file, each confirmed to whoever wrote it. winston's own file transport
// confirms before anything is written, drops errors of the disk and can lose lines when it rotates
// (https://github.com/winstonjs/winston/issues/1905, lib/winston/transports/file.js of 3.19); hence a transport of our own.

import { Writable } from "node:stream";
import winston from "winston";
import type { LineFile } from "./line-file.js";

/** Lines that wait for a disk that works again: as many as fit a bad day. Those beyond are in the broker's log alone. */
export const unwrittenMax = 1_000;

/** One line, written by `AuditLogger.write`. */
interface LineInfo extends winston.LogEntry {
  readonly entry: object;
  readonly durable: boolean;
  /** Hears whether the line is in the file. */
  readonly confirm: (error: Error | null) => void;
}

/** What winston leaves the formatted text under: https://www.npmjs.com/package/triple-beam */
const messageKey = Symbol.for("message");

export interface AuditFailure {
  readonly error: Error;
  /** How many lines found no place to wait in. */
  readonly droppedCount: number;
}

export class AuditLogger {
  readonly #transport: LineTransport;
  readonly #logger: winston.Logger;
  readonly #underWay = new Set<Promise<Error | null>>();
  #closed = false;

  constructor(file: Pick<LineFile, "append">) {
    this.#transport = new LineTransport(file);
    this.#logger = winston.createLogger({
      level: "info",
      format: winston.format.printf((info) => `${JSON.stringify(info["entry"])}\n`),
      transports: [this.#transport],
    });
  }

  /** What keeps lines from the file now; `null`: nothing. */
  get failure(): AuditFailure | null {
    return this.#transport.failure;
  }

  /** Resolves with `null` when the line is in the file, on disk where it is to be durable; else with why not. Never rejects. */
  write(entry: object, durable: boolean): Promise<Error | null> {
    // winston would never confirm it. So a call that outlives the stop gets into the broker's log.
    if (this.#closed) return Promise.resolve(new Error("the audit log is closed"));
    const written = new Promise<Error | null>((resolve) => {
      const info: LineInfo = { level: "info", message: "", entry, durable, confirm: resolve };
      this.#logger.log(info);
    });
    this.#underWay.add(written);
    void written.finally(() => this.#underWay.delete(written));
    return written;
  }

  /** Tries to write what could not be written. Resolves with whether nothing is left. */
  retry(): Promise<boolean> {
    return this.#transport.retry();
  }

  /** Resolves when everything was written or has failed. */
  async close(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    this.#closed = true;
    await this.#transport.retry();
    this.#logger.close();
  }
}

/**
 * To winston a transport is a stream of objects with a method "log" (lib/winston/logger.js, add). Its base class would add levels
 * and formats, which these lines do not have.
 */
class LineTransport extends Writable {
  readonly #file: Pick<LineFile, "append">;
  #unwritten = "";
  #unwrittenCount = 0;
  #failure: AuditFailure | null = null;
  #turn: Promise<void> = Promise.resolve();

  constructor(file: Pick<LineFile, "append">) {
    super({ objectMode: true });
    this.#file = file;
  }

  get failure(): AuditFailure | null {
    return this.#failure;
  }

  /** Never called: winston asks whether there is one, and pipes. */
  log(): void {
    throw new Error("lines come through the stream");
  }

  override _write(info: LineInfo, _encoding: BufferEncoding, next: () => void): void {
    void this.#inTurn(() => this.#write([info])).then(next);
  }

  /** What came meanwhile is written, and synced, at once. */
  override _writev(chunks: readonly { readonly chunk: LineInfo }[], next: () => void): void {
    void this.#inTurn(() => this.#write(chunks.map(({ chunk }) => chunk))).then(next);
  }

  async retry(): Promise<boolean> {
    await this.#inTurn(async () => {
      if (this.#unwritten !== "") await this.#write([]);
    });
    return this.#unwritten === "";
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work);
    return this.#turn;
  }

  /** Lines that could not be written before go first, so that the order stays. */
  async #write(infos: readonly LineInfo[]): Promise<void> {
    const lines = infos.map((info) => String(Reflect.get(info, messageKey)));
    const durable = this.#unwritten !== "" || infos.some((info) => info.durable);
    try {
      await this.#file.append(this.#unwritten + lines.join(""), durable);
      this.#unwritten = "";
      this.#unwrittenCount = 0;
      this.#failure = null;
      for (const { confirm } of infos) confirm(null);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      const kept = lines.slice(0, unwrittenMax - this.#unwrittenCount);
      this.#unwritten += kept.join("");
      this.#unwrittenCount += kept.length;
      const droppedCount = (this.#failure?.droppedCount ?? 0) + lines.length - kept.length;
      this.#failure = { error, droppedCount };
      for (const { confirm } of infos) confirm(error);
    }
  }
}
