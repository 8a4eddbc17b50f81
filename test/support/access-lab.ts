// Brokers that ask who calls, and callers with and without proof: tokens in files, certificates, TLS over loopback.

import { chmodSync, renameSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { type ChannelCredentials, credentials, Metadata } from "@grpc/grpc-js";
import {
  AdminServiceClient,
  type GetBrokerResponse,
  type ReserveBlockResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import {
  AcquireLeaseRequest,
  type AcquireLeaseResponse,
  type DeepPartial,
  LeaseServiceClient,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { TlsConfig, TokenConfig } from "#server/config/config.js";
import { CertificateAuthority, type Issued } from "./certificates.js";
import { unary } from "./lease-caller.js";
import { takeFromOthers } from "./private-file.js";
import { noteSecret } from "./test-output.js";

/** A certificate for a broker on loopback. */
export const loopbackNames = ["DNS:localhost", "IP:127.0.0.1"];

/** Whoever reads the file sees the old content or the new one. */
export function replaceFile(path: string, content: string, mode = 0o600): string {
  writeFileSync(`${path}.new`, content, { mode });
  chmodSync(`${path}.new`, mode);
  if ((mode & 0o077) === 0) takeFromOthers(`${path}.new`);
  renameSync(`${path}.new`, path);
  return path;
}

/** Files of one test, in a folder that exists. */
export class AccessFiles {
  readonly authority = new CertificateAuthority();
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  write(name: string, content: string): string {
    return replaceFile(join(this.#folder, name), content);
  }

  token(name: string, role: TokenConfig["role"], value: string): TokenConfig {
    noteSecret(value);
    return { name, role, file: this.write(`${name}.token`, `${value}\n`) };
  }

  /** TLS of a broker with this certificate, by default one for loopback; `changes` go on top. */
  tls(
    changes: Partial<TlsConfig> = {},
    issued: Issued = this.authority.issue({ commonName: "broker", names: loopbackNames }),
  ): TlsConfig {
    return {
      certFile: this.write("broker.crt", issued.cert),
      keyFile: this.write("broker.key", issued.key),
      clientCaFile: null,
      requireClientCertificate: false,
      identities: [],
      ...changes,
    };
  }

  caFile(): string {
    return this.write("ca.crt", this.authority.cert);
  }

  /** For a client that believes this authority, with a certificate of its own or without. */
  channel(client?: Issued): ChannelCredentials {
    const bytes = (text: string | undefined) => (text === undefined ? null : Buffer.from(text));
    const ca = Buffer.from(this.authority.cert);
    return credentials.createSsl(ca, bytes(client?.key), bytes(client?.cert));
  }
}

export interface OpenSession {
  /** Rejects with what the broker ends it with. */
  readonly ended: Promise<void>;
  /** Resolves when a ping is answered. */
  pong(): Promise<void>;
  end(): void;
}

/** Calls one method of each role. Rejects with RpcFailure. */
export class AccessCaller {
  readonly #lease: LeaseServiceClient;
  readonly #admin: AdminServiceClient;
  readonly #metadata = new Metadata();

  constructor(
    address: string,
    token: string | null = null,
    channel: ChannelCredentials = credentials.createInsecure(),
  ) {
    const options = {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.enable_retries": 0,
      "grpc.ssl_target_name_override": "localhost",
    };
    this.#lease = new LeaseServiceClient(address, channel, options);
    this.#admin = new AdminServiceClient(address, channel, options);
    if (token !== null) this.#metadata.set("authorization", `Bearer ${token}`);
  }

  acquire(
    requestId = "",
    fields: DeepPartial<AcquireLeaseRequest> = {},
  ): Promise<AcquireLeaseResponse> {
    const request = AcquireLeaseRequest.fromPartial({ requestId, ...fields });
    return unary(
      (message, _metadata, options, callback) =>
        this.#lease.acquireLease(message, this.#metadata, options, (error, answer) => {
          if (error === null && answer.holderKey !== "") noteSecret(answer.holderKey);
          callback(error, answer);
        }),
      request,
    );
  }

  getBroker(): Promise<GetBrokerResponse> {
    return unary(
      (message, _metadata, options, callback) =>
        this.#admin.getBroker(message, this.#metadata, options, callback),
      {},
    );
  }

  /** Only checks. */
  reserveBlock(): Promise<ReserveBlockResponse> {
    return unary(
      (message, _metadata, options, callback) =>
        this.#admin.reserveBlock(message, this.#metadata, options, callback),
      { pool: "", firstPort: 0, portCount: 2, validateOnly: true },
    );
  }

  /** How many parts ExportState sends. */
  async exportedParts(): Promise<number> {
    let count = 0;
    const parts = this.#admin.exportState({}, this.#metadata);
    parts.on("data", () => (count += 1));
    await once(parts, "end");
    return count;
  }

  /** A session that pings once; rejects when it is refused. */
  async pingOnce(): Promise<void> {
    const session = this.openSession();
    session.pong().catch(() => undefined);
    session.end();
    await session.ended;
  }

  openSession(): OpenSession {
    const call = this.#lease.session(this.#metadata);
    const ended = new Promise<void>((resolve, reject) => {
      call.on("error", reject);
      call.on("end", () => resolve());
    });
    // Whoever waits for it is told; nobody must.
    ended.catch(() => undefined);
    call.resume();
    return {
      ended,
      pong: async () => {
        call.write({ requestNumber: 1n, request: { $case: "ping", value: {} } });
        await Promise.race([once(call, "data"), ended]);
      },
      end: () => call.end(),
    };
  }

  close(): void {
    this.#lease.close();
    this.#admin.close();
  }
}
