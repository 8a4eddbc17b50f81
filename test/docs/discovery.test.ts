// What docs/discovery.md tells people to type, typed; and its tables against what /http_sd takes and says.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { httpSdTargets } from "#fleet/api/http-sd.js";
import { cliPath, finished } from "../support/cli.js";
import { samplesOf } from "../support/document-samples.js";
import { etcdOfSuite } from "../support/etcd.js";
import { describeWithEtcd } from "../support/etcd-program.js";
import { eventually } from "../support/eventually.js";
import { fleetLab, wholeReading } from "../support/fleet-samples.js";
import { LeaseCaller } from "../support/lease-caller.js";
import { repositoryRoot } from "../support/repository.js";
import { startTestBroker, type TestBroker } from "../support/running-broker.js";
import { brokersSource, startTestFleet, type TestFleet } from "../support/running-fleet.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

const page = readFileSync(join(repositoryRoot, "docs", "discovery.md"), "utf8");
const samples = samplesOf("docs/discovery.md");
const textsOf = (language: string): readonly string[] =>
  samples.filter((sample) => sample.language === language).map(({ text }) => text);
const [finds = "", curl = "", etcdctl = ""] = textsOf("sh");

describe("docs/discovery.md", () => {
  it("names the parameters and the labels of /http_sd, and no other", async () => {
    const told = [...page.matchAll(/^\| `([\w.]+)` +\|/gm)].map(([, name = ""]) => name);
    const lab = fleetLab();
    lab.host("web-1", { labels: { KEY: "x" } });
    lab.lease("web-1", "one", { labels: { KEY: "x" } });
    const query = new URLSearchParams("service=orders&label.KEY=x&protocol=tcp&stale=true");
    const [group] = await httpSdTargets(lab.view, query, wholeReading().slices);
    const labels = Object.keys(group?.labels ?? {});
    assert.deepEqual(told.toSorted(), [...query.keys(), ...labels].toSorted());
  });

  it("has a configuration of Prometheus that asks for what /http_sd knows", async () => {
    const config = parse(textsOf("yaml")[0] ?? "") as {
      scrape_configs: readonly { http_sd_configs: readonly { url: string }[] }[];
    };
    const { url = "" } = config.scrape_configs[0]?.http_sd_configs[0] ?? {};
    const { pathname, searchParams } = new URL(url);
    assert.equal(pathname, "/http_sd");
    assert.deepEqual(await httpSdTargets(fleetLab().view, searchParams, wholeReading().slices), []);
  });
});

describe("the commands of docs/discovery.md", function () {
  this.timeout(60_000);
  if (spawnSync("curl", ["--version"]).status !== 0 || process.platform === "win32") {
    it("need curl and a shell, which are not here");
    return;
  }
  const newDirectory = temporaryDirectories();
  let broker: TestBroker;
  let fleet: TestFleet;
  let caller: LeaseCaller;
  let port = 0;

  before(async () => {
    broker = await startTestBroker();
    fleet = await startTestFleet(brokersSource(broker.address));
    caller = new LeaseCaller(broker.address);
    const holder = { service: "orders", instance: "blue", labels: { zone: "a" } };
    ({ port } = await caller.acquire({ holder }));
    await eventually("the lease is in the fleet", async () => /"port"/.test(await typed(curl)));
  });

  after(async () => {
    caller.close();
    await fleet.dispose();
    await broker.dispose();
  });

  async function typed(commands: string): Promise<string> {
    const folder = newDirectory();
    const portlease = join(folder, "portlease");
    writeFileSync(portlease, `#!/bin/sh\nexec '${process.execPath}' '${cliPath}' "$@"\n`);
    chmodSync(portlease, 0o755);
    const script = commands.replaceAll("127.0.0.1:7611", fleet.httpAddress ?? "");
    const child = spawn("sh", ["-ec", script], {
      env: { PATH: `${folder}:${process.env["PATH"]}`, PORTLEASE_FLEET_SERVER: fleet.address },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { exitCode, stdout, stderr } = await finished(child);
    assert.equal(exitCode, 0, stderr);
    return stdout;
  }

  it("find the service from a shell", async () => {
    assert.match(await typed(finds), new RegExp(`^\\S+:${port}\n\\S+:${port}\n$`));
  });

  it("find it by curl, with an answer like the one that is shown", async () => {
    const answer = JSON.parse(await typed(curl)) as Answer;
    const shown = JSON.parse(textsOf("json")[0] ?? "") as Answer;
    assert.equal(answer.endpoints[0]?.port, port);
    const members = ({ endpoints: [endpoint], ...rest }: Answer) => [
      Object.keys(rest),
      Object.keys(endpoint ?? {}),
      // Whether it is bound is seen a moment later.
      Object.keys(endpoint?.lease ?? {}).filter((name) => name !== "binding"),
    ];
    assert.deepEqual(members(answer), members(shown));
  });
});

interface Answer {
  readonly endpoints: readonly { readonly port: number; readonly lease: object }[];
}

describeWithEtcd("the commands of docs/discovery.md for etcd", function () {
  this.timeout(30_000);
  const etcd = etcdOfSuite();

  it("list the leases of a host, and the hosts that are there", async () => {
    await etcd().ctl("put", "/portlease/leases/web-1/one", '{"v":1}');
    await etcd().ctl("put", "/portlease/presence/web-1", '{"v":1}');
    const lines = etcdctl.trim().split("\n");
    const answers = await Promise.all(
      lines.map((line) => {
        const [program, ...words] = line.split(" ");
        assert.equal(program, "etcdctl");
        return etcd().ctl(...words);
      }),
    );
    assert.deepEqual(
      answers.map((text) => text.trim()),
      ['/portlease/leases/web-1/one\n{"v":1}', "/portlease/presence/web-1"],
    );
  });
});
