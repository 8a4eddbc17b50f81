// The endpoints of one etcd, which of them is asked first, and the token for all of them. What is asked is for others.

import { Endpoint, type Dialing } from "./endpoint.js";
import { EtcdToken, type EtcdUser } from "./etcd-token.js";

export class EtcdLinks {
  readonly token: EtcdToken;
  /** The one to ask first is the first. */
  #order: readonly [Endpoint, ...Endpoint[]];

  /** Throws RangeError without an endpoint. */
  constructor(names: readonly string[], dialing: Dialing, user: EtcdUser | null) {
    const [first, ...others] = names.map((name) => new Endpoint(name, dialing));
    if (first === undefined) throw new RangeError("etcd needs an endpoint");
    this.#order = [first, ...others];
    this.token = new EtcdToken(user);
  }

  /** The one to ask. */
  get current(): Endpoint {
    return this.#order[0];
  }

  /** All, the one to ask first. */
  inOrder(): readonly Endpoint[] {
    return this.#order;
  }

  /** It did not answer: another one is asked first from now on. */
  passOver(endpoint: Endpoint): void {
    const [first, second, ...others] = this.#order;
    if (first !== endpoint || second === undefined) return;
    this.#order = [second, ...others, first];
  }

  /** Idempotent. */
  close(): void {
    for (const endpoint of this.#order) endpoint.close();
  }
}
