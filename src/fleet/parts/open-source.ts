// Makes the source of the view as the configuration has it.

import { parseEtcdUrl } from "../../etcd/etcd-url.js";
import type { EtcdAccess } from "../../server/config/etcd-access.js";
import { connectEtcd } from "../../server/connect-etcd.js";
import type { Log } from "../../server/log.js";
import type { OpenedThings } from "../../server/opened-things.js";
import { StartError } from "../../server/start-error.js";
import type { FleetServerConfig, FleetSourceConfig } from "../config/fleet-config.js";
import { type BrokerList, GivenList } from "../sources/brokers/broker-list.js";
import { BrokerListError, givenBrokers } from "../sources/brokers/broker-target.js";
import { BrokersFile } from "../sources/brokers/brokers-file.js";
import { BrokersSource } from "../sources/brokers/brokers-source.js";
import { BrokersSrv } from "../sources/brokers/brokers-srv.js";
import { EtcdSource } from "../sources/etcd/etcd-source.js";
import type { FleetSource } from "../sources/fleet-source.js";
import { systemPacing } from "../sources/pacing.js";
import type { FleetSink } from "../view/fleet-sink.js";

/** It is not started. Closed by `opened`. Throws StartError CANNOT_SECURE for files and lists that cannot be used. */
export function openSource(
  { source: config, retentionMs }: Pick<FleetServerConfig, "source" | "retentionMs">,
  sink: FleetSink,
  log: Log,
  opened: OpenedThings,
): FleetSource {
  const source =
    config.kind === "etcd"
      ? openEtcdSource(config.etcd, { retentionMs, sink, log }, opened)
      : new BrokersSource({ list: listOf(config), sink, log });
  opened.add(() => source.close());
  return source;
}

function openEtcdSource(
  access: EtcdAccess,
  parts: { readonly retentionMs: number | null; readonly sink: FleetSink; readonly log: Log },
  opened: OpenedThings,
): FleetSource {
  const { endpoints, prefix } = parseEtcdUrl(access.url);
  const etcd = connectEtcd(access);
  opened.add(() => etcd.close());
  return new EtcdSource({ etcd, prefix, addresses: endpoints, ...parts });
}

function listOf(config: Exclude<FleetSourceConfig, { kind: "etcd" }>): BrokerList {
  const { access } = config;
  switch (config.kind) {
    case "brokers":
      return givenList(config.addresses, access);
    case "brokers-file":
      return new BrokersFile(config.file, access, systemPacing);
    case "brokers-srv":
      return new BrokersSrv(config.name, access, systemPacing);
  }
}

function givenList(...given: Parameters<typeof givenBrokers>): BrokerList {
  try {
    return new GivenList(givenBrokers(...given));
  } catch (error) {
    if (!(error instanceof BrokerListError)) throw error;
    throw new StartError("CANNOT_SECURE", `the list of brokers cannot be used: ${error.message}`);
  }
}
