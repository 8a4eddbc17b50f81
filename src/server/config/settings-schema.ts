// The form of one layer of settings (file, environment or flags) before defaults are filled in, as a zod schema.
// Each value is checked by itself here; what must fit together is checked in resolve-config.ts.

import * as z from "zod";
import { accessKeys, limitsSchema, tlsSchema, tokensSchema } from "./access-schema.js";
import { auditLogSchema } from "./audit-log-settings.js";
import { listenSchema } from "./endpoint-schema.js";
import { fleetSchema } from "./fleet-settings.js";
import { brokerHttpAddress, httpSchemaWith } from "./http-settings.js";
import { isPortserverAddress, portserverForms } from "./portserver-address.js";
import { logSchema } from "./log-settings.js";
import { duration, must, text, truth, wholeNumber, word } from "./schema-values.js";
import type { SettingsForm } from "./settings-layer.js";

/** Ports are numbered 1 to 65535. */
const portMax = 65_535;
/** More pools than this on one host is a generated file gone wrong. */
const poolsMax = 64;
const ttlLowestMs = 100;
const ttlHighestMs = 30 * 86_400_000;
/** A rest longer than this drains a pool in normal use. */
const quarantineHighestMs = 3_600_000;
const shrinkLowestMs = 1_000;
const pinsMax = 4_096;
const changesMax = 10_000_000;

const httpSchema = httpSchemaWith(brokerHttpAddress);

const portserver = z.unknown().transform((value, context): string => {
  if (typeof value === "string" && isPortserverAddress(value)) return value;
  context.addIssue({ code: "custom", message: `it must be ${portserverForms}` });
  return z.NEVER;
});

const startWords = must(`auto, any or a port from 1 to ${portMax}`);
const start = z.union(
  [
    z.enum(["auto", "any"], startWords),
    z.int(startWords).min(1, startWords).max(portMax, startWords),
  ],
  startWords,
);

const ttl = duration(ttlLowestMs, ttlHighestMs, "100ms to 30d");

const percent = wholeNumber(1, 100);
const serviceName = text("1 to 128 characters", /^[^\0]{1,128}$/);
const pin = z.strictObject(
  {
    port: wholeNumber(1, portMax),
    service: serviceName,
    instance: text("at most 128 characters", /^[^\0]{0,128}$/).optional(),
  },
  must("a group of the keys port, service, instance"),
);

export const poolSchema = z.strictObject(
  {
    name: text("1 to 63 lower-case letters, digits and dashes", /^[a-z0-9-]{1,63}$/),
    protocol: word(["tcp", "udp", "tcp-and-udp"]).optional(),
    kind: word(["auto", "persistent", "runtime", "administered", "held"]).optional(),
    isolation: word(["shared", "per-lease"]).optional(),
    bind: word(["auto", "plain"]).optional(),
    start: start.optional(),
    size: wholeNumber(1, portMax).optional(),
    maxSize: wholeNumber(1, portMax).optional(),
    growBy: wholeNumber(1, portMax).optional(),
    shrinkAfter: duration(shrinkLowestMs, ttlHighestMs, "1s to 30d").optional(),
    pick: word(["least-recently-used", "compact", "random"]).optional(),
    pins: z
      .array(pin, must("a list of pins"))
      .max(pinsMax, must(`a list of at most ${pinsMax} pins`))
      .optional(),
    staticPorts: wholeNumber(0, portMax).optional(),
    quota: z
      .strictObject(
        {
          perService: wholeNumber(0, portMax).optional(),
          services: z.record(serviceName, wholeNumber(0, portMax)).optional(),
        },
        must("a group of the keys perService, services"),
      )
      .optional(),
    ttl: z
      .strictObject(
        {
          default: ttl.optional(),
          min: ttl.optional(),
          max: ttl.optional(),
          crowded: ttl.optional(),
        },
        must("a group of the keys default, min, max, crowded"),
      )
      .optional(),
    crowdedAt: percent.optional(),
    quarantine: duration(0, quarantineHighestMs, "0 to 1h").optional(),
    quarantineMaxShare: percent.optional(),
    quarantineFloor: duration(0, quarantineHighestMs, "0 to 1h").optional(),
    maxPortCount: wholeNumber(1, portMax).optional(),
  },
  must('a group of keys that begins with "name:"'),
);

export const settingsSchema = z.strictObject(
  {
    listen: listenSchema(7_600).optional(),
    http: httpSchema.optional(),
    dataDirectory: text("a path", /^[^\0]+$/).optional(),
    localSocket: word(["auto", "on", "off"]).optional(),
    discoveryFile: text("a path, or none", /^[^\0]+$/).optional(),
    log: logSchema.optional(),
    auditLog: auditLogSchema.optional(),
    history: z
      .strictObject(
        {
          maxChanges: wholeNumber(1, changesMax).optional(),
          maxAge: duration(60_000, 3_650 * 86_400_000, "1m to 3650d").optional(),
        },
        must("a group of the keys maxChanges, maxAge"),
      )
      .optional(),
    auditEvery: duration(500, 3_600_000, "500ms to 1h").optional(),
    pools: z
      .array(poolSchema, must("a list of pools"))
      .max(poolsMax, must(`a list of at most ${poolsMax} pools`))
      .optional(),
    requireToken: truth().optional(),
    tokens: tokensSchema.optional(),
    tls: tlsSchema.optional(),
    limits: limitsSchema.optional(),
    portserver: portserver.optional(),
    tracing: word(["none", "otlp"]).optional(),
    fleet: fleetSchema.optional(),
  },
  must("a group of keys, such as listen, dataDirectory, log and pools"),
);

/** One layer of settings, valid by itself; durations in milliseconds. */
export type Settings = z.infer<typeof settingsSchema>;
export type PoolSettings = z.infer<typeof poolSchema>;

/** The keys that a group knows, by the group's path without indexes: "", "log", "pools", "pools.ttl". */
export const knownKeys: Readonly<Record<string, readonly string[]>> = {
  "": Object.keys(settingsSchema.shape),
  http: Object.keys(httpSchema.shape),
  log: Object.keys(logSchema.shape),
  auditLog: Object.keys(auditLogSchema.shape),
  history: ["maxChanges", "maxAge"],
  fleet: Object.keys(fleetSchema.shape),
  ...accessKeys,
  pools: Object.keys(poolSchema.shape),
  "pools.ttl": ["default", "min", "max", "crowded"],
  "pools.pins": Object.keys(pin.shape),
  "pools.quota": ["perService", "services"],
};

export const brokerForm: SettingsForm<Settings> = { schema: settingsSchema, knownKeys };
