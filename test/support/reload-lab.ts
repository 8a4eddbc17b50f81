// A whole broker inside the test's process whose configuration is a file that the test writes again, over TLS where that is wanted.

import { mkdtempSync, rmSync, writeFileSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { type CallOptions, type ChannelCredentials, credentials, Metadata } from "@grpc/grpc-js";
import {
  AdminServiceClient,
  type GetConfigResponse,
  type ReloadConfigResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { thisWorld } from "#server/config/config-world.js";
import { loadConfig, type LoadedConfig } from "#server/config/load-config.js";
import { createLog } from "#server/log.js";
import { type RunningBroker, startBroker } from "#server/main.js";
import { unary } from "./lease-caller.js";
import { noteSecret, recordText } from "./test-output.js";

/** As a configuration file has it. */
export type FileContent = Readonly<Record<string, unknown>>;

export class ReloadLab {
  readonly folder = mkdtempSync(join(tmpdir(), "portlease-reload-"));
  readonly #file = join(this.folder, "config.yaml");
  #broker: RunningBroker | null = null;
  #admin: AdminServiceClient | null = null;
  readonly #metadata = new Metadata();
  #logged = "";

  /** YAML has JSON in it. Free ports and a folder of its own go beneath. */
  write(content: FileContent): void {
    const own = {
      listen: "127.0.0.1:0",
      discoveryFile: "none",
      dataDirectory: join(this.folder, "data"),
      log: { format: "json" },
    };
    writeFileSync(this.#file, JSON.stringify({ ...own, ...content }));
  }

  /** What is not valid, also as YAML. */
  writeText(content: string): void {
    writeFileSync(this.#file, content);
  }

  async start(content: FileContent, channel?: ChannelCredentials): Promise<RunningBroker> {
    this.write(content);
    const { config, sources } = this.#load();
    const sink = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.#logged += chunk.toString();
        recordText(chunk.toString(), "broker-in-test");
        done();
      },
    });
    const log = createLog(config.log, sink);
    const broker = await startBroker(config, log, {
      sources,
      load: () => this.#load(),
      configureLog: (options) => log.configure(options),
    });
    this.#broker = broker;
    const options = {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.ssl_target_name_override": "localhost",
    };
    this.#admin = new AdminServiceClient(
      broker.address,
      channel ?? credentials.createInsecure(),
      options,
    );
    const token = readFileSync(broker.adminTokenFile, "utf8").trim();
    noteSecret(token);
    this.#metadata.set("authorization", `Bearer ${token}`);
    return broker;
  }

  reload(validateOnly = false): Promise<ReloadConfigResponse> {
    return this.#call((admin, options, callback) =>
      admin.reloadConfig({ validateOnly }, this.#metadata, options, callback),
    );
  }

  getConfig(): Promise<GetConfigResponse> {
    return this.#call((admin, options, callback) =>
      admin.getConfig({}, this.#metadata, options, callback),
    );
  }

  get logged(): string {
    return this.#logged;
  }

  async dispose(): Promise<void> {
    this.#admin?.close();
    await this.#broker?.stop("the test is over");
    rmSync(this.folder, { recursive: true, force: true });
  }

  #load(): LoadedConfig {
    const world = { ...thisWorld(), environment: {} };
    return loadConfig({ configFile: this.#file, values: {} }, world);
  }

  #call<Response>(
    method: (
      admin: AdminServiceClient,
      options: Partial<CallOptions>,
      callback: Parameters<Parameters<typeof unary<unknown, Response>>[0]>[3],
    ) => ReturnType<Parameters<typeof unary<unknown, Response>>[0]>,
  ): Promise<Response> {
    const admin = this.#admin;
    if (admin === null) throw new Error("the broker is not started");
    return unary<unknown, Response>(
      (_request, _metadata, options, callback) => method(admin, options, callback),
      {},
    );
  }
}
