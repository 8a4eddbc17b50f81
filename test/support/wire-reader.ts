// Calls any method and keeps the bytes of all that comes back, with the text and the details of an error: what a search for secrets
// looks through. Knows nothing of what the bytes mean.

import {
  Client,
  type ChannelCredentials,
  credentials,
  Metadata,
  type MethodDefinition,
  type ServiceError,
} from "@grpc/grpc-js";

type Method = MethodDefinition<unknown, unknown>;

export interface WireAnswer {
  readonly bytes: Buffer;
  /** "" when the call succeeded. */
  readonly error: string;
}

/** A stream that is read until it is told to end. */
export interface WireStream {
  readonly bytes: Buffer;
  readonly messageCount: number;
  stop(): void;
}

const same = (bytes: Buffer): Buffer => bytes;

export class WireReader {
  readonly #client: Client;
  readonly #token: string | null;

  constructor(
    address: string,
    token: string | null,
    channel: ChannelCredentials = credentials.createInsecure(),
  ) {
    this.#token = token;
    this.#client = new Client(address, channel, {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.enable_retries": 0,
      "grpc.ssl_target_name_override": "localhost",
    });
  }

  /** `fields` lie over the empty request. `headers` go beside the token. */
  unary(
    { path, requestSerialize, requestDeserialize }: Method,
    fields: object = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<WireAnswer> {
    const request = { ...(requestDeserialize(Buffer.alloc(0)) as object), ...fields };
    const bytes = requestSerialize(request);
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest(
        path,
        same,
        same,
        bytes,
        this.#metadata(headers),
        (error, answer) =>
          resolve({ bytes: answer ?? Buffer.alloc(0), error: error === null ? "" : textOf(error) }),
      );
    });
  }

  stream({ path, requestSerialize, requestDeserialize }: Method, fields: object = {}): WireStream {
    const request = { ...(requestDeserialize(Buffer.alloc(0)) as object), ...fields };
    const call = this.#client.makeServerStreamRequest(
      path,
      same,
      same,
      requestSerialize(request),
      this.#metadata({}),
    );
    const parts: Buffer[] = [];
    call.on("data", (part: Buffer) => parts.push(part));
    call.on("error", (error: ServiceError) => parts.push(Buffer.from(textOf(error))));
    return {
      get bytes() {
        return Buffer.concat(parts);
      },
      get messageCount() {
        return parts.length;
      },
      stop: () => call.cancel(),
    };
  }

  close(): void {
    this.#client.close();
  }

  #metadata(headers: Readonly<Record<string, string>>): Metadata {
    const metadata = new Metadata();
    if (this.#token !== null) metadata.set("authorization", `Bearer ${this.#token}`);
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    return metadata;
  }
}

function textOf({ message, details, metadata }: ServiceError): string {
  const trailers = Object.values(metadata?.getMap() ?? {}).map(String);
  return [message, details, ...trailers].join("\n");
}
