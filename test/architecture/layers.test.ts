// The dependency rules of the folders, seen to fire: each forbidden import is planted in an empty tree with our lint rules.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { repositoryRoot } from "../support/repository.js";
import { type Planted, plantedInPublisher } from "./planted-in-publisher.js";

const planted: readonly Planted[] = [
  {
    file: "src/etcd/bad.ts",
    code: 'import { systemClock } from "../server/system-clock.js";\nexport const x = systemClock;\n',
    rule: "no-restricted-imports",
    says: /knows etcd and gRPC, and nothing of us/,
  },
  {
    file: "src/etcd/bad.ts",
    code: 'import { Lease } from "@portlease/proto/portlease/v1/lease.js";\nexport const x = Lease;\n',
    rule: "no-restricted-imports",
    says: /knows etcd and gRPC, and nothing of us/,
  },
  {
    file: "src/fleet/bad.ts",
    code: 'import { KVService } from "../etcd/gen/etcd.js";\nexport const x = KVService;\n',
    rule: "no-restricted-imports",
    says: /others use etcd\.ts/,
  },
  {
    file: "src/server/domain/bad.ts",
    code: 'import { readFileSync } from "node:fs";\nexport const x = readFileSync;\n',
    rule: "no-restricted-imports",
    says: /the core is pure/,
  },
  {
    file: "src/server/domain/bad.ts",
    code: 'import { Lease } from "@portlease/proto/portlease/v1/lease.js";\nexport const x = Lease;\n',
    rule: "no-restricted-imports",
    says: /the core is pure/,
  },
  {
    file: "src/server/domain/bad.ts",
    code: 'import { toDuration } from "../grpc/time.js";\nexport const x = toDuration;\n',
    rule: "no-restricted-imports",
    says: /the core depends on nothing outside/,
  },
  {
    file: "src/server/domain/bad.ts",
    code: "export const x = Date.now();\n",
    rule: "no-restricted-globals",
    says: /take the time from Clock/,
  },
  {
    file: "src/server/domain/bad.ts",
    code: "export const x = Math.random();\n",
    rule: "no-restricted-properties",
    says: /take randomness from Random/,
  },
  {
    file: "src/server/grpc/bad.ts",
    code: 'import { openHostPorts } from "@portlease/native";\nexport const x = openHostPorts;\n',
    rule: "no-restricted-imports",
    says: /handlers only translate/,
  },
  {
    file: "src/server/http/bad.ts",
    code: 'import { Broker } from "../domain/broker.js";\nexport const x = Broker;\n',
    rule: "no-restricted-imports",
    says: /another door to the same guarded services/,
  },
  {
    file: "src/server/reload/bad.ts",
    code: 'import { Servers } from "../servers.js";\nexport const x = Servers;\n',
    rule: "no-restricted-imports",
    says: /a reload tells the parts what counts now/,
  },
  {
    file: "src/fleet/metrics/bad.ts",
    code: 'import { EtcdError } from "../../etcd/etcd.js";\nexport const x = EtcdError;\n',
    rule: "no-restricted-imports",
    says: /they ask nobody else/,
  },
  ...plantedInPublisher,
  {
    file: "src/server/live/bad.ts",
    code: 'import { Problem } from "@portlease/proto/portlease/v1/admin_service.js";\nexport const x = Problem;\n',
    rule: "no-restricted-imports",
    says: /how it looks on the wire/,
  },
  {
    file: "src/server/live/bad.ts",
    code: 'import { toDuration } from "../grpc/time.js";\nexport const x = toDuration;\n',
    rule: "no-restricted-imports",
    says: /shows the core, and knows nothing else/,
  },
  {
    file: "src/server/live/bad.ts",
    code: "export const x = Date.now();\n",
    rule: "no-restricted-globals",
    says: /takes the time from Clock/,
  },
  {
    file: "src/server/access/bad.ts",
    code: 'import { status } from "@grpc/grpc-js";\nexport const x = status;\n',
    rule: "no-restricted-imports",
    says: /without knowing how calls look/,
  },
  {
    file: "src/server/metrics/bad.ts",
    code: 'import { openHostPorts } from "@portlease/native";\nexport const x = openHostPorts;\n',
    rule: "no-restricted-imports",
    says: /metrics show what others have counted/,
  },
  {
    file: "src/server/tracing/bad.ts",
    code: 'import { Broker } from "../domain/broker.js";\nexport const x = Broker;\n',
    rule: "no-restricted-imports",
    says: /a tracer is told of calls by the guard/,
  },
  {
    file: "src/server/audit-trail/bad.ts",
    code: 'import { status } from "@grpc/grpc-js";\nexport const x = status;\n',
    rule: "no-restricted-imports",
    says: /written down without knowing how they call/,
  },
  {
    file: "src/server/store/bad.ts",
    code: 'import { status } from "@grpc/grpc-js";\nexport const x = status;\n',
    rule: "no-restricted-imports",
    says: /a store knows the records/,
  },
  {
    file: "src/server/config/bad.ts",
    code: 'import { Broker } from "../domain/broker.js";\nexport const x = Broker;\n',
    rule: "no-restricted-imports",
    says: /depends on nothing of it/,
  },
  {
    file: "src/server/bad.ts",
    code: 'import { FleetView } from "../fleet/view/fleet-view.js";\nexport const x = FleetView;\n',
    rule: "no-restricted-imports",
    says: /what a host tells it: its records/,
  },
  {
    file: "src/server/fleet/bad.ts",
    code: 'import { FleetView } from "../../fleet/view/fleet-view.js";\nexport const x = FleetView;\n',
    rule: "no-restricted-imports",
    says: /what a host tells it: its records/,
  },
  {
    file: "src/server/grpc/bad.ts",
    code: 'import { fleetService } from "../../fleet/api/fleet-service.js";\nexport const x = fleetService;\n',
    rule: "no-restricted-imports",
    says: /what a host tells it: its records/,
  },
  {
    file: "src/fleet/bad.ts",
    code: 'import { Broker } from "../server/domain/broker.js";\nexport const x = Broker;\n',
    rule: "no-restricted-imports",
    says: /nothing of its core/,
  },
  {
    file: "src/fleet/parts/bad.ts",
    code: 'import { openSqliteStore } from "../../server/store/sqlite-store.js";\nexport const x = openSqliteStore;\n',
    rule: "no-restricted-imports",
    says: /nothing of its core/,
  },
  {
    file: "src/fleet/bad.ts",
    code: 'import { startBroker } from "../server/main.js";\nexport const x = startBroker;\n',
    rule: "no-restricted-imports",
    says: /nothing of its core/,
  },
  {
    file: "src/native/bad.ts",
    code: 'import { LeaseClient } from "@portlease/client";\nexport const x = LeaseClient;\n',
    rule: "no-restricted-imports",
    says: /knows nothing of leases/,
  },
  {
    file: "src/fleet/view/bad.ts",
    code: 'import { connect } from "node:net";\nexport const x = connect;\n',
    rule: "no-restricted-imports",
    says: /what it knows was told to it/,
  },
  {
    file: "src/fleet/view/bad.ts",
    code: 'import { Broker } from "../../server/domain/broker.js";\nexport const x = Broker;\n',
    rule: "no-restricted-imports",
    says: /the view depends on the records that it is told/,
  },
  {
    file: "src/fleet/view/bad.ts",
    code: "export const x = Date.now();\n",
    rule: "no-restricted-globals",
    says: /the view is pure: take the time from Clock/,
  },
  {
    file: "src/fleet/sources/bad.ts",
    code: 'import { FleetView } from "../view/fleet-view.js";\nexport const x = FleetView;\n',
    rule: "no-restricted-imports",
    says: /a source tells a FleetSink what it hears/,
  },
  {
    file: "src/fleet/probe/bad.ts",
    code: 'import { openHostPorts } from "@portlease/native";\nexport const x = openHostPorts;\n',
    rule: "no-restricted-imports",
    says: /a source tells a FleetSink what it hears/,
  },
  {
    file: "clients/ts/src/bad.ts",
    code: 'import winston from "winston";\nexport const x = winston;\n',
    rule: "no-restricted-imports",
    says: /the client installs alone/,
  },
  {
    file: "clients/dashboard/src/parts/bad.ts",
    code: 'import { Lease } from "@portlease/proto/portlease/v1/lease.js";\nexport const x = Lease;\n',
    rule: "no-restricted-imports",
    says: /knows the broker by its API alone/,
  },
  {
    file: "clients/dashboard/src/model/bad.ts",
    code: 'import { signal } from "@preact/signals";\nexport const x = signal;\n',
    rule: "no-restricted-imports",
    says: /the page depends on it, not it on the page/,
  },
  {
    file: "clients/dashboard/src/fleet/model/bad.ts",
    code: 'import { usePage } from "../../app/page.js";\nexport const x = usePage;\n',
    rule: "no-restricted-imports",
    says: /the page depends on it, not it on the page/,
  },
  {
    file: "clients/dashboard/src/model/bad.ts",
    code: 'import { useFleet } from "../fleet/app/fleet-dashboard.js";\nexport const x = useFleet;\n',
    rule: "no-restricted-imports",
    says: /the page depends on it, not it on the page/,
  },
  {
    file: "clients/dashboard/src/model/bad.ts",
    code: "export const x = document.title;\n",
    rule: "no-restricted-globals",
    says: /plain data knows no page/,
  },
];

/** Lints one file in a tree of its own; returns what the linter says. */
function lint(files: Readonly<Record<string, string>>): string {
  const tree = mkdtempSync(join(tmpdir(), "portlease-layers-"));
  try {
    cpSync(join(repositoryRoot, ".oxlintrc.json"), join(tree, ".oxlintrc.json"));
    for (const [file, code] of Object.entries(files)) {
      mkdirSync(dirname(join(tree, file)), { recursive: true });
      writeFileSync(join(tree, file), code);
    }
    const oxlint = join(repositoryRoot, "node_modules", "oxlint", "bin", "oxlint");
    const result = spawnSync(process.execPath, [oxlint, "."], {
      cwd: tree,
      encoding: "utf8",
    });
    return result.stdout + result.stderr;
  } finally {
    rmSync(tree, { recursive: true });
  }
}

describe("the layer rules", () => {
  for (const { file, code, rule, says } of planted) {
    it(`refuse ${JSON.stringify(code.split("\n")[0])} in ${dirname(file)}`, () => {
      const output = lint({ [file]: code });
      assert.match(output, says);
      assert.ok(output.includes(rule), output);
    });
  }

  it("refuse a cycle of imports", () => {
    const output = lint({
      "src/server/a.ts": 'import { b } from "./b.js";\nexport const a = (): unknown => b;\n',
      "src/server/b.ts": 'import { a } from "./a.js";\nexport const b = (): unknown => a;\n',
    });
    assert.match(output, /no-cycle/);
  });

  it("let the view know its records and the clock", () => {
    const output = lint({
      "src/fleet/view/good.ts":
        'import type { Clock } from "../../server/domain/boundaries.js";\nexport type X = Clock;\n',
      "src/fleet/view/other.ts":
        'import type { LeaseRecord } from "../records/lease-record.js";\nexport type X = LeaseRecord;\n',
    });
    assert.doesNotMatch(output, /Error|no-restricted/);
  });

  it("let an honest file pass", () => {
    const output = lint({ "src/server/domain/good.ts": "export const one = 1;\n" });
    assert.doesNotMatch(output, /Error/);
  });

  it("let the broker and the fleet server share what they may", () => {
    const output = lint({
      "src/server/fleet/good.ts":
        'import type { HostRecord } from "../../fleet/records/host-record.js";\n' +
        'import type { Etcd } from "../../etcd/etcd.js";\nexport type Both = HostRecord | Etcd;\n',
      "src/server/good.ts":
        'import { Publisher } from "./fleet/publisher.js";\nexport const x = Publisher;\n',
      "src/fleet/good.ts":
        'import { Servers } from "../server/servers.js";\nexport const x = Servers;\n',
      "src/fleet/api/good.ts":
        'import { Filter } from "../../server/grpc/filter.js";\n' +
        'import { BrokerError } from "../../server/domain/errors.js";\nexport const x = [Filter, BrokerError];\n',
    });
    assert.doesNotMatch(output, /no-restricted-imports/);
  });
});
