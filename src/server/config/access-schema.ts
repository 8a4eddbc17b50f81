// The settings of who may call: tokens, TLS and the limits of connections, as parts of the schema.

import * as z from "zod";
import { must, text, truth, wholeNumber, word } from "./schema-values.js";

/** More files than this on one host is a generated configuration gone wrong. */
const tokensMax = 256;
/** Each is tried for each call with a certificate. */
const identitiesMax = 256;

const path = text("a path", /^[^\0]+$/);
const role = word(["holder", "viewer", "admin"]);
const token = z.strictObject(
  {
    name: text("1 to 63 lower-case letters, digits and dashes", /^[a-z0-9-]{1,63}$/),
    role,
    file: path,
  },
  must("a group of the keys name, role, file"),
);

const identity = z.strictObject(
  {
    match: text(
      "a kind of name, a colon and a name, such as DNS:orders.example.org, URI:spiffe://example.org/* or CN:orders",
      /^(?:DNS|URI|CN):[^\0]{1,253}$/,
    ),
    role,
  },
  must("a group of the keys match, role"),
);

export const tlsSchema = z.strictObject(
  {
    certFile: path.optional(),
    keyFile: path.optional(),
    clientCaFile: path.optional(),
    requireClientCertificate: truth().optional(),
    identities: z
      .array(identity, must("a list of identities"))
      .max(identitiesMax, must(`a list of at most ${identitiesMax} identities`))
      .optional(),
  },
  must("a group of keys, such as certFile and keyFile"),
);

export const limitsSchema = z.strictObject(
  {
    connections: wholeNumber(1, 100_000).optional(),
    connectionsPerAddress: wholeNumber(1, 100_000).optional(),
    callsPerSecond: wholeNumber(1, 1_000_000).optional(),
  },
  must("a group of the keys connections, connectionsPerAddress, callsPerSecond"),
);

export const tokensSchema = z
  .array(token, must("a list of tokens"))
  .max(tokensMax, must(`a list of at most ${tokensMax} tokens`));

/** The keys that each group knows, as in settings-schema.ts. */
export const accessKeys: Readonly<Record<string, readonly string[]>> = {
  tokens: Object.keys(token.shape),
  tls: Object.keys(tlsSchema.shape),
  "tls.identities": Object.keys(identity.shape),
  limits: Object.keys(limitsSchema.shape),
};
