// Real brokers that publish to an etcd: inside the test, or as a process that can be killed and started again on its data.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FleetConfig } from "#server/config/config.js";
import { BrokerProcess } from "./broker-process.js";
import { LeaseCaller } from "./lease-caller.js";
import { startTestBroker, type TestAccess, type TestBroker } from "./running-broker.js";

/** Of etcd's presence key: the shortest that the setting takes. */
export const shortPresenceMs = 2_000;

export function publishingTo(
  url: string,
  hostId: string,
  changed: Partial<FleetConfig> = {},
): FleetConfig {
  return {
    etcd: url,
    hostId,
    // So that a fleet server finds this host when it knocks.
    address: "127.0.0.1",
    labels: {},
    presenceTtlMs: shortPresenceMs,
    user: null,
    passwordFile: null,
    caFile: null,
    certFile: null,
    keyFile: null,
    ...changed,
  };
}

export interface PublishedBroker extends TestBroker {
  readonly holder: LeaseCaller;
}

/** Inside the test. */
export async function startPublishedBroker(
  url: string,
  hostId: string,
  changed: Partial<FleetConfig> = {},
  access: TestAccess = {},
): Promise<PublishedBroker> {
  const broker = await startTestBroker(
    {},
    { ...access, fleet: publishingTo(url, hostId, changed) },
  );
  const holder = new LeaseCaller(broker.address);
  const dispose = async (): Promise<void> => {
    holder.close();
    await broker.dispose();
  };
  return { ...broker, holder, dispose };
}

export interface PublishedProcessOptions {
  /** An empty directory of the test. */
  readonly directory: string;
  readonly url: string;
  readonly hostId: string;
  /** Default: a free port of loopback. */
  readonly listen?: string;
  readonly address?: string;
  /** As in BrokerOptions. */
  readonly wrapper?: readonly string[];
}

/** Resolves when it is ready. A second time with the same directory: the same broker again. */
export function startPublishedProcess(options: PublishedProcessOptions): Promise<BrokerProcess> {
  const { directory, url, hostId, listen = "127.0.0.1:0", address = "127.0.0.1" } = options;
  mkdirSync(directory, { recursive: true });
  const configFile = join(directory, "portlease.yaml");
  const fleet = { etcd: url, hostId, address, presenceTtl: "2s" };
  writeFileSync(configFile, JSON.stringify({ fleet }));
  return BrokerProcess.start({
    dataDirectory: join(directory, "data"),
    configFile,
    flags: ["--listen", listen, "--http-listen", "off", "--log-format", "json"],
    ...(options.wrapper === undefined ? {} : { wrapper: options.wrapper }),
  });
}
