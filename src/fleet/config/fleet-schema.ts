// The form of one layer of a fleet server's settings, before defaults are filled in. What it has in common with a broker's is the
// broker's own.

import * as z from "zod";
import { accessKeys } from "../../server/config/access-schema.js";
import { listenSchema } from "../../server/config/endpoint-schema.js";
import { etcdAccessShape, etcdUrlSchema } from "../../server/config/etcd-access.js";
import { httpSchemaWith } from "../../server/config/http-settings.js";
import { findListenAddress, formatListenAddress } from "../../server/config/listen-address.js";
import { duration, must, text } from "../../server/config/schema-values.js";
import type { SettingsForm } from "../../server/config/settings-layer.js";
import { knownKeys as brokerKeys, settingsSchema } from "../../server/config/settings-schema.js";
import { brokersMax } from "../sources/brokers/broker-target.js";
import { usualAddress, usualHttpAddress } from "./usual-addresses.js";

const retentionLowestMs = 3_600_000;
const retentionHighestMs = 3_650 * 86_400_000;

const path = text("a path", /^[^\0]+$/);

const brokerAddress = z.unknown().transform((value, context): string => {
  if (typeof value === "string" && /^unix:./.test(value)) return value;
  const address = typeof value === "string" ? findListenAddress(value) : null;
  if (address !== null && address.port !== 0) return formatListenAddress(address);
  const form = "it must be host:port, such as 10.0.0.5:7600, or unix: and a path";
  context.addIssue({ code: "custom", message: form });
  return z.NEVER;
});

const brokers = z.strictObject(
  {
    list: z
      .array(brokerAddress, must("a list of brokers"))
      .min(1, must("a list of at least one broker"))
      .max(brokersMax, must(`a list of at most ${brokersMax} brokers`))
      .optional(),
    file: path.optional(),
    srv: text("a name such as _portlease._tcp.example.org", /^[\w.-]{1,253}$/).optional(),
    caFile: text("a path, or system", /^[^\0]+$/).optional(),
    certFile: path.optional(),
    keyFile: path.optional(),
    tokenFile: path.optional(),
  },
  must("a group of the keys list, file, srv, caFile, certFile, keyFile, tokenFile"),
);

const etcd = z.strictObject(
  { url: etcdUrlSchema.optional(), ...etcdAccessShape },
  must("a group of the keys url, user, passwordFile, caFile, certFile, keyFile"),
);

const age = duration(retentionLowestMs, retentionHighestMs, "1h to 3650d, or off");
const retention = z.union([z.literal("off"), age], {
  error: "it must be a time from 1h to 3650d, or off",
});

const shared = settingsSchema.pick({
  requireToken: true,
  tokens: true,
  tls: true,
  limits: true,
  dataDirectory: true,
  log: true,
  auditLog: true,
  tracing: true,
});

const schema = shared.extend({
  listen: listenSchema(usualAddress.port).optional(),
  http: httpSchemaWith(usualHttpAddress).optional(),
  etcd: etcd.optional(),
  brokers: brokers.optional(),
  retention: retention.optional(),
});

/** One layer of settings, valid by itself; durations in milliseconds. */
export type FleetSettings = z.infer<typeof schema>;

const { http = [], log = [], auditLog = [] } = brokerKeys;

export const fleetForm: SettingsForm<FleetSettings> = {
  schema,
  knownKeys: {
    "": Object.keys(schema.shape),
    http,
    log,
    auditLog,
    ...accessKeys,
    etcd: Object.keys(etcd.shape),
    brokers: Object.keys(brokers.shape),
  },
};
