// The callers of access-matrix.ts as they call by HTTP: unary methods by POST, streams as server-sent events.

import type { RequestOptions } from "node:https";
import { type Method, passes, type Verdict, verdictOn } from "./access-matrix.js";
import { type ConnectErrorBody, HttpCaller } from "./http-caller.js";

export class HttpMatrixCaller {
  readonly #caller: HttpCaller;
  readonly #headers: Record<string, string>;

  constructor(address: string, token: string | null, tls: RequestOptions | null) {
    this.#caller = new HttpCaller(address, tls);
    this.#headers = token === null ? {} : { authorization: `Bearer ${token}` };
  }

  async verdict({ path, responseStream }: Method): Promise<Verdict> {
    const name = path.replace("/portlease.v1.", "");
    const body = await (responseStream ? this.#firstOfStream(name) : this.#answer(name));
    return body === null
      ? passes
      : verdictOn(body.code.toUpperCase(), body.details?.[0]?.debug?.reason ?? "");
  }

  /** What a method says that needs gRPC. */
  async refusedStatus({ path }: Method): Promise<number> {
    const name = path.replace("/portlease.v1.", "");
    return (await this.#caller.call(name, {}, this.#headers)).status;
  }

  async #answer(name: string): Promise<ConnectErrorBody | null> {
    const { status, text } = await this.#caller.call(name, {}, this.#headers);
    return status === 200 ? null : (JSON.parse(text) as ConnectErrorBody);
  }

  async #firstOfStream(name: string): Promise<ConnectErrorBody | null> {
    const reader = await this.#caller.stream(name, {}, this.#headers);
    try {
      if (reader.status !== 200) return JSON.parse(await reader.text()) as ConnectErrorBody;
      const first = await reader.next();
      return first?.event === "error" ? (first.data as ConnectErrorBody) : null;
    } finally {
      reader.close();
    }
  }
}
