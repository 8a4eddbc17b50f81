// Every setting of a fleet server that can be given by flag or environment variable, in one table: path in the file, variable, flag.
// The table is also what --help prints.

import { fleetServerPrefix } from "../../server/config/settings.js";
import { accessSettings, logSettings } from "../../server/config/shared-settings.js";
import { settingsWith, type SettingsTable } from "../../server/config/settings-table.js";

const prefix = fleetServerPrefix;
const setting = settingsWith(prefix);

export const fleetTable: SettingsTable = {
  settings: [
    setting(
      "etcd.url",
      "etcd",
      "url",
      "the etcd to which the brokers publish: etcd://host:2379[,host:2379][/prefix], etcds:// for TLS",
    ),
    setting("etcd.user", "etcd-user", "name", "the user to be for etcd"),
    setting("etcd.passwordFile", "etcd-password-file", "path", "the file with its password"),
    setting(
      "etcd.caFile",
      "etcd-ca-file",
      "path",
      "whose certificates to believe of etcd, in PEM (default: those that Node believes)",
    ),
    setting("etcd.certFile", "etcd-cert-file", "path", "the certificate to show etcd, in PEM"),
    setting("etcd.keyFile", "etcd-key-file", "path", "the key of that certificate, in PEM"),
    setting(
      "brokers.list",
      "broker",
      "host:port",
      "a broker to listen to, without etcd; give it once for each",
      "list",
    ),
    setting("brokers.file", "brokers-file", "path", "a file with a list of brokers"),
    setting(
      "brokers.srv",
      "brokers-srv",
      "name",
      "the DNS name whose SRV records are the brokers, such as _portlease._tcp.example.org",
    ),
    setting(
      "brokers.caFile",
      "broker-ca-file",
      "path",
      "speak TLS with the brokers, and believe these authorities; system: those that Node believes",
    ),
    setting("brokers.certFile", "broker-cert-file", "path", "the certificate to show brokers"),
    setting("brokers.keyFile", "broker-key-file", "path", "the key of that certificate"),
    setting(
      "brokers.tokenFile",
      "broker-token-file",
      "path",
      "a token to send to the brokers, with the role viewer",
    ),
    setting("listen", "listen", "host:port", "where to serve gRPC (default 127.0.0.1:7610)"),
    setting(
      "http.listen",
      "http-listen",
      "host:port",
      "where to serve the dashboard and HTTP, auto or off (default auto: 127.0.0.1:7611, else another port)",
    ),
    setting(
      "retention",
      "retention",
      "time",
      "when to forget a host that is not heard from any more, or off (default 30d)",
    ),
    setting(
      "dataDirectory",
      "data-dir",
      "path",
      "where the admin token and the audit log are kept; nothing of the fleet is",
    ),
    ...accessSettings(setting, "fleet server"),
    ...logSettings(setting),
  ],
  prefix,
  configVariable: `${prefix}CONFIG`,
  foreignVariables: [],
  foreignPrefixes: [],
};
