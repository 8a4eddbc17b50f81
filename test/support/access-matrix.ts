// Who is who in the tests that call every method: five callers, what each is known by, and what may come of a call.

import {
  Client,
  type ChannelCredentials,
  credentials,
  Metadata,
  type MethodDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import type { Role } from "#server/access/caller.js";
import { AdminServiceService } from "@portlease/proto/portlease/v1/admin_service.js";
import { FleetServiceService } from "@portlease/proto/portlease/v1/fleet_service.js";
import {
  LeaseServiceService,
  SessionRequest,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { toRpcFailure } from "./rpc-failure.js";

export type Method = MethodDefinition<unknown, unknown>;

/** Of both services of a broker: one that is added is called, too. */
export const everyMethod: readonly Method[] = [LeaseServiceService, AdminServiceService].flatMap(
  (service) => Object.values(service) as Method[],
);

/** The same of a fleet server. */
export const everyFleetMethod: readonly Method[] = Object.values(FleetServiceService) as Method[];

export const callerNames = ["nobody", "holder", "other holder", "viewer", "admin"] as const;
export type CallerName = (typeof callerNames)[number];

/** `nobody` has none of them by itself. */
export const roleOf: Readonly<Record<Exclude<CallerName, "nobody">, Role>> = {
  holder: "holder",
  "other holder": "holder",
  viewer: "viewer",
  admin: "admin",
};

export const tokenOf: Readonly<Record<Exclude<CallerName, "nobody">, string>> = {
  holder: "holder-token-".padEnd(40, "1"),
  "other holder": "other-token-".padEnd(40, "2"),
  viewer: "viewer-token-".padEnd(40, "3"),
  admin: "admin-token-".padEnd(40, "4"),
};

/** "passes", or why a caller was turned away: a code and a reason. */
export type Verdict = string;

export const passes = "passes";

/** Codes that say no to the caller and not to what it asks for. */
const refusals: ReadonlySet<string> = new Set(["UNAUTHENTICATED", "PERMISSION_DENIED"]);

export function verdictOn(codeName: string, reason: string): Verdict {
  return refusals.has(codeName) ? `${codeName} ${reason}` : passes;
}

/** One caller on a connection of its own. Every method is called with an empty message; a session with a ping. */
export class MatrixCaller {
  readonly #client: Client;
  readonly #metadata = new Metadata();

  constructor(
    address: string,
    token: string | null,
    channel: ChannelCredentials = credentials.createInsecure(),
  ) {
    this.#client = new Client(address, channel, {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.enable_retries": 0,
      "grpc.ssl_target_name_override": "localhost",
    });
    if (token !== null) this.#metadata.set("authorization", `Bearer ${token}`);
  }

  async verdict(method: Method): Promise<Verdict> {
    const error = await (method.responseStream ? this.#stream(method) : this.#unary(method));
    if (error === null) return passes;
    const { codeName, reason } = toRpcFailure(error);
    return verdictOn(codeName, reason);
  }

  #unary({ path, requestSerialize, responseDeserialize, requestDeserialize }: Method) {
    const empty = requestDeserialize(Buffer.alloc(0));
    return new Promise<ServiceError | null>((resolve) => {
      const codecs = [path, requestSerialize, responseDeserialize] as const;
      this.#client.makeUnaryRequest(...codecs, empty, this.#metadata, (error) => resolve(error));
    });
  }

  /** Resolves with the first message, or with the end. */
  #stream({ path, requestStream, requestDeserialize, ...method }: Method) {
    const codecs = [path, method.requestSerialize, method.responseDeserialize] as const;
    if (requestStream) {
      const session = this.#client.makeBidiStreamRequest(...codecs, this.#metadata);
      const ping = { requestNumber: 1n, request: { $case: "ping", value: {} } } as const;
      session.write(SessionRequest.fromPartial(ping));
      return outcomeOf(session);
    }
    const empty = requestDeserialize(Buffer.alloc(0));
    return outcomeOf(this.#client.makeServerStreamRequest(...codecs, empty, this.#metadata));
  }

  close(): void {
    this.#client.close();
  }
}

interface ReadCall {
  on(event: "error", listener: (error: ServiceError) => void): unknown;
  on(event: "end" | "data", listener: () => void): unknown;
  cancel(): void;
}

function outcomeOf(call: ReadCall): Promise<ServiceError | null> {
  return new Promise((resolve) => {
    call.on("error", resolve);
    call.on("end", () => resolve(null));
    call.on("data", () => {
      resolve(null);
      call.cancel();
    });
  });
}
