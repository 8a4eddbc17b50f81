// The ways to reach a server that the tests of access know: with which settings, and what each of the five callers shows there.
// What each may call is the document's to say; `expected` asks it.

import assert from "node:assert/strict";
import { credentials } from "@grpc/grpc-js";
import type { Role } from "#server/access/caller.js";
import { AccessFiles } from "./access-lab.js";
import {
  type CallerName,
  callerNames,
  MatrixCaller,
  type Method,
  passes,
  roleOf,
  tokenOf,
  type Verdict,
} from "./access-matrix.js";
import { HttpMatrixCaller } from "./access-matrix-http.js";
import type { Issued } from "./certificates.js";
import { documentedMethods } from "./roles-page.js";
import { startTestBroker, type TestAccess } from "./running-broker.js";
import { brokersSource, startTestFleet } from "./running-fleet.js";

const names = Object.keys(roleOf) as (keyof typeof roleOf)[];

/** What a caller shows. */
interface Proof {
  readonly token: string | null;
  /** `null`: clear text. */
  readonly tls: { readonly client?: Issued } | null;
}

/** A way to reach a server, and what whoever shows nothing is there. */
export interface World {
  readonly title: string;
  /** Over TLS. */
  readonly secured: boolean;
  readonly access: (files: AccessFiles) => TestAccess;
  readonly proofOf: (files: AccessFiles, name: CallerName) => Proof;
  readonly nobodyIs: readonly Role[];
}

const tokens = (files: AccessFiles): TestAccess => ({
  tokens: names.map((name) => files.token(name.replace(" ", "-"), roleOf[name], tokenOf[name])),
});

const uriOf = (name: CallerName): string => `URI:spiffe://example.org/${name.replace(" ", "-")}`;
const identities = names.map((name) => ({ match: uriOf(name), role: roleOf[name] }));

const withToken = (name: CallerName): string | null => (name === "nobody" ? null : tokenOf[name]);
const certificateOf = (files: AccessFiles, name: CallerName): Issued =>
  files.authority.issue({ commonName: "client", names: [uriOf(name)] });

export const worlds: readonly World[] = [
  {
    title: "in clear text on loopback",
    secured: false,
    access: tokens,
    proofOf: (_files, name) => ({ token: withToken(name), tls: null }),
    nobodyIs: ["holder", "viewer"],
  },
  {
    title: "in clear text on loopback where a token is required",
    secured: false,
    access: (files) => ({ ...tokens(files), requireToken: true }),
    proofOf: (_files, name) => ({ token: withToken(name), tls: null }),
    nobodyIs: [],
  },
  {
    title: "over TLS with tokens",
    secured: true,
    access: (files) => ({ ...tokens(files), requireToken: true, tls: files.tls() }),
    proofOf: (_files, name) => ({ token: withToken(name), tls: {} }),
    nobodyIs: [],
  },
  {
    title: "over TLS with client certificates, where nobody has none",
    secured: true,
    access: (files) => ({
      requireToken: true,
      tls: files.tls({ clientCaFile: files.caFile(), identities }),
    }),
    proofOf: (files, name) => ({
      token: null,
      tls: name === "nobody" ? {} : { client: certificateOf(files, name) },
    }),
    nobodyIs: [],
  },
  {
    title: "over TLS that demands client certificates, where nobody has one that no rule knows",
    secured: true,
    access: (files) => ({
      requireToken: true,
      tls: files.tls({ clientCaFile: files.caFile(), requireClientCertificate: true, identities }),
    }),
    proofOf: (files, name) => ({ token: null, tls: { client: certificateOf(files, name) } }),
    nobodyIs: [],
  },
];

function grpcCaller(address: string, files: AccessFiles, { token, tls }: Proof): MatrixCaller {
  const channel = tls === null ? credentials.createInsecure() : files.channel(tls.client);
  return new MatrixCaller(address, token, channel);
}

function httpCaller(address: string, files: AccessFiles, { token, tls }: Proof): HttpMatrixCaller {
  if (tls === null) return new HttpMatrixCaller(address, token, null);
  const secure = { ca: files.authority.cert, servername: "localhost", ...tls.client };
  return new HttpMatrixCaller(address, token, secure);
}

const services = ["LeaseService", "AdminService", "FleetService"];
const documented = new Map(documentedMethods(services).map(({ path, roles }) => [path, roles]));

/** What is called. */
interface Served {
  readonly address: string;
  readonly httpAddress: string | null;
  dispose(): Promise<void>;
}

export type Serve = (access: TestAccess) => Promise<Served>;

export const serveBroker: Serve = (access) => startTestBroker({}, access);

/** Of a fleet that is not heard: who may ask is decided before. */
export const serveFleet: Serve = ({ requireToken = false, tokens: known = [], tls = null }) =>
  startTestFleet(brokersSource("127.0.0.1:1"), { requireToken, tokens: known, tls });

/** By the document alone. */
function expected(path: string, name: CallerName, { nobodyIs }: World): Verdict {
  const roles = name === "nobody" ? nobodyIs : [roleOf[name]];
  if (roles.length === 0) return "UNAUTHENTICATED TOKEN_MISSING";
  const needed = documented.get(path) ?? [];
  const may = roles.includes("admin") || needed.some((role) => roles.includes(role));
  return may ? passes : "PERMISSION_DENIED ROLE_MISSING";
}

/** A server in a world, with its five callers. */
export class OpenWorld {
  readonly #world: World;
  readonly #served: Served;
  readonly #byGrpc = new Map<CallerName, MatrixCaller>();
  readonly #byHttp = new Map<CallerName, HttpMatrixCaller>();

  private constructor(world: World, served: Served, files: AccessFiles) {
    this.#world = world;
    this.#served = served;
    for (const name of callerNames) {
      const proof = world.proofOf(files, name);
      this.#byGrpc.set(name, grpcCaller(served.address, files, proof));
      this.#byHttp.set(name, httpCaller(served.httpAddress ?? "", files, proof));
    }
  }

  static async open(world: World, folder: string, serve = serveBroker): Promise<OpenWorld> {
    const files = new AccessFiles(folder);
    return new OpenWorld(world, await serve(world.access(files)), files);
  }

  /** Every method, called by gRPC. */
  checkGrpc(name: CallerName, methods: readonly Method[]): Promise<void> {
    return this.#check(name, methods, this.#byGrpc.get(name));
  }

  /** Every method, called by HTTP; what streams both ways needs gRPC and says so to everybody. */
  async checkHttp(name: CallerName, methods: readonly Method[]): Promise<void> {
    const caller = this.#byHttp.get(name);
    const served = methods.filter(({ requestStream }) => !requestStream);
    await this.#check(name, served, caller);
    for (const method of methods) {
      if (!method.requestStream) continue;
      assert.equal(await caller?.refusedStatus(method), 501, method.path);
    }
  }

  async close(): Promise<void> {
    for (const caller of this.#byGrpc.values()) caller.close();
    await this.#served.dispose();
  }

  async #check(
    name: CallerName,
    methods: readonly Method[],
    caller: Pick<MatrixCaller, "verdict"> | undefined,
  ): Promise<void> {
    const verdicts: Record<string, Verdict> = {};
    const wanted: Record<string, Verdict> = {};
    await Promise.all(
      methods.map(async (method) => {
        verdicts[method.path] = (await caller?.verdict(method)) ?? "was not called";
        wanted[method.path] = expected(method.path, name, this.#world);
      }),
    );
    assert.deepEqual(verdicts, wanted);
  }
}
