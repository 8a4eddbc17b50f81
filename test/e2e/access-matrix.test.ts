// Every method, called by everybody, over every kind of connection: exactly what the table of docs/security.md says may pass.

import assert from "node:assert/strict";
import { type ChannelCredentials, credentials } from "@grpc/grpc-js";
import type { Role } from "#server/access/caller.js";
import { AccessFiles } from "../support/access-lab.js";
import {
  type CallerName,
  callerNames,
  everyMethod,
  MatrixCaller,
  passes,
  roleOf,
  tokenOf,
  type Verdict,
} from "../support/access-matrix.js";
import { documentedMethods } from "../support/roles-page.js";
import { startTestBroker, type TestAccess, type TestBroker } from "../support/running-broker.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

const names = Object.keys(roleOf) as (keyof typeof roleOf)[];

/** A way to reach a broker, and what whoever shows nothing is there. */
interface World {
  readonly title: string;
  readonly access: (files: AccessFiles) => TestAccess;
  /** How a caller connects, and the token that it sends; `null`: none. */
  readonly callerAs: (
    files: AccessFiles,
    name: CallerName,
  ) => { readonly channel: ChannelCredentials; readonly token: string | null };
  readonly nobodyIs: readonly Role[];
}

const tokens = (files: AccessFiles): TestAccess => ({
  tokens: names.map((name) => files.token(name.replace(" ", "-"), roleOf[name], tokenOf[name])),
});

const identities = names.map((name) => ({
  match: `URI:spiffe://example.org/${name.replace(" ", "-")}`,
  role: roleOf[name],
}));

const withToken = (name: CallerName): string | null => (name === "nobody" ? null : tokenOf[name]);

function certificateOf(files: AccessFiles, name: CallerName): ChannelCredentials {
  const uri = `URI:spiffe://example.org/${name.replace(" ", "-")}`;
  return files.channel(files.authority.issue({ commonName: "client", names: [uri] }));
}

const worlds: readonly World[] = [
  {
    title: "in clear text on loopback",
    access: tokens,
    callerAs: (_files, name) => ({
      channel: credentials.createInsecure(),
      token: withToken(name),
    }),
    nobodyIs: ["holder", "viewer"],
  },
  {
    title: "in clear text on loopback where a token is required",
    access: (files) => ({ ...tokens(files), requireToken: true }),
    callerAs: (_files, name) => ({
      channel: credentials.createInsecure(),
      token: withToken(name),
    }),
    nobodyIs: [],
  },
  {
    title: "over TLS with tokens",
    access: (files) => ({ ...tokens(files), requireToken: true, tls: files.tls() }),
    callerAs: (files, name) => ({ channel: files.channel(), token: withToken(name) }),
    nobodyIs: [],
  },
  {
    title: "over TLS with client certificates, where nobody has none",
    access: (files) => ({
      requireToken: true,
      tls: files.tls({ clientCaFile: files.caFile(), identities }),
    }),
    callerAs: (files, name) => ({
      channel: name === "nobody" ? files.channel() : certificateOf(files, name),
      token: null,
    }),
    nobodyIs: [],
  },
  {
    title: "over TLS that demands client certificates, where nobody has one that no rule knows",
    access: (files) => ({
      requireToken: true,
      tls: files.tls({ clientCaFile: files.caFile(), requireClientCertificate: true, identities }),
    }),
    callerAs: (files, name) => ({ channel: certificateOf(files, name), token: null }),
    nobodyIs: [],
  },
];

describe("who may call what", () => {
  const newDirectory = temporaryDirectories();
  const documented = new Map(documentedMethods().map(({ path, roles }) => [path, roles]));

  /** By the document alone. */
  function expected(path: string, name: CallerName, { nobodyIs }: World): Verdict {
    const roles = name === "nobody" ? nobodyIs : [roleOf[name]];
    if (roles.length === 0) return "UNAUTHENTICATED TOKEN_MISSING";
    const needed = documented.get(path) ?? [];
    const may = roles.includes("admin") || needed.some((role) => roles.includes(role));
    return may ? passes : "PERMISSION_DENIED ROLE_MISSING";
  }

  for (const world of worlds) {
    describe(world.title, () => {
      const callers = new Map<CallerName, MatrixCaller>();
      let broker: TestBroker;

      before(async () => {
        const files = new AccessFiles(newDirectory());
        broker = await startTestBroker({}, world.access(files));
        for (const name of callerNames) {
          const { channel, token } = world.callerAs(files, name);
          callers.set(name, new MatrixCaller(broker.address, token, channel));
        }
      });

      after(async () => {
        for (const caller of callers.values()) caller.close();
        await broker.dispose();
      });

      for (const name of callerNames) {
        it(`lets ${name} call exactly what the document says`, async () => {
          const verdicts: Record<string, Verdict> = {};
          const wanted: Record<string, Verdict> = {};
          await Promise.all(
            everyMethod.map(async (method) => {
              const verdict = await callers.get(name)?.verdict(method);
              verdicts[method.path] = verdict ?? "was not called";
              wanted[method.path] = expected(method.path, name, world);
            }),
          );
          assert.deepEqual(verdicts, wanted);
        });
      }
    });
  }
});
