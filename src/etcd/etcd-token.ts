// The token by which etcd knows the user: fetched when it is needed, kept until etcd refuses it. The password is asked for each
// time, and neither is in any text.

import { type Client, Metadata, status } from "@grpc/grpc-js";
import { EtcdError } from "./etcd.js";
import { finalError } from "./etcd-failure.js";
import { AuthenticateRequest, AuthService } from "./gen/etcd.js";
import { CallFailed, oneAnswer } from "./one-answer.js";

export interface EtcdUser {
  readonly name: string;
  /** Asked for each time that a token is fetched, so that a changed one is taken. May throw. */
  readonly password: () => string;
}

/** As etcd's own client does: with it, a member that has no leader says so instead of waiting for one. */
const requireLeader = ["hasleader", "true"] as const;

export class EtcdToken {
  readonly #user: EtcdUser | null;
  #token: string | null = null;

  constructor(user: EtcdUser | null) {
    this.#user = user;
  }

  /** What goes with a call; fetches a token if need be. Rejects as `oneAnswer`, and with EtcdError denied. */
  async metadata(client: Client, endpoint: string, signal: AbortSignal): Promise<Metadata> {
    const metadata = new Metadata();
    metadata.set(...requireLeader);
    if (this.#user === null) return metadata;
    this.#token ??= await authenticate(this.#user, client, endpoint, signal);
    // "": etcd asks nobody who they are.
    if (this.#token !== "") this.#setToken(metadata, this.#token, endpoint);
    return metadata;
  }

  /** etcd refused the token of this call: the next one fetches another. False: there is no user, so another will not help. */
  refused(metadata: Metadata): boolean {
    const token = metadata.get("token")[0] ?? "";
    // Another call may have fetched a new one meanwhile.
    if (this.#token === token) this.#token = null;
    return this.#user !== null;
  }

  #setToken(metadata: Metadata, token: string, endpoint: string): void {
    try {
      metadata.set("token", token);
    } catch {
      // The error that was thrown has the token in it.
      this.#token = null;
      const message = `etcd at ${endpoint} gave a token that cannot be sent: it is no text of printable ASCII. ${remedy}`;
      throw new EtcdError("denied", message);
    }
  }
}

const remedy = "Check that it is etcd which answers there.";

async function authenticate(
  user: EtcdUser,
  client: Client,
  endpoint: string,
  signal: AbortSignal,
): Promise<string> {
  const what = `for a token of the user ${user.name}`;
  const request = AuthenticateRequest.create({ name: user.name, password: readPassword(user) });
  try {
    const method = AuthService.authenticate;
    return (await oneAnswer(client, method, request, new Metadata(), signal)).token;
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    const { code, details } = error.answer;
    switch (code) {
      // Users are turned off: etcd's own client goes on without a token, too.
      case status.FAILED_PRECONDITION:
        return "";
      // Of this call it is said of a wrong user or password.
      case status.INVALID_ARGUMENT:
        throw finalError("denied", endpoint, what, details);
      default:
        throw error;
    }
  }
}

function readPassword(user: EtcdUser): string {
  try {
    return user.password();
  } catch (error) {
    const why = (error as Error).message;
    const message = `the password of the user ${user.name} of etcd cannot be read: ${why}`;
    throw new EtcdError("denied", message, { cause: error });
  }
}
