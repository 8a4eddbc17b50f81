// The Kubernetes manifests against the schemas of the oldest and of the newest release we name, with unknown fields refused;
// and what makes them a broker: privileged, on the host, one at a time. No cluster has seen them.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { repositoryRoot } from "../support/repository.js";
import { describeWithTools, runTool } from "./support/delivery-tools.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

const folder = join(repositoryRoot, "deploy", "kubernetes");
/** For kustomize itself, of which there is no schema here. */
const kustomization = "kustomization.yaml";
const manifests = readdirSync(folder).filter(
  (name) => name.endsWith(".yaml") && name !== kustomization,
);
/** HostProcess is stable since 1.26; the second is the newest whose schema kubernetes-validate brings. */
const releases = ["1.26.0", "1.37.0"];

function read(name: string): string {
  return readFileSync(join(folder, name), "utf8");
}

function validate(release: string, ...paths: readonly string[]) {
  return runTool("kubernetes-validate", ["-k", release, "--strict", "--quiet", ...paths]);
}

describeWithTools("the Kubernetes manifests", ["kubernetes-validate"], () => {
  const makeDirectory = temporaryDirectories();

  for (const release of releases) {
    it(`are valid for Kubernetes ${release}`, () => {
      const paths = manifests.map((name) => join(folder, name));
      assert.deepEqual(validate(release, ...paths), { exitCode: 0, output: "" });
    });
  }

  it("would not be with a mistyped field or a wrong type", () => {
    const faults: readonly (readonly [string, string])[] = [
      ["hostProcess: true", "hostProces: true"],
      ["maxUnavailable: 1", "maxUnavailable: [1]"],
      ["kind: DaemonSet", "kind: DeamonSet"],
      ["terminationGracePeriodSeconds: 10", "terminationGracePeriodSeconds: ten"],
    ];
    const text = read("daemon-set.yaml");
    for (const [place, fault] of faults) {
      assert.ok(text.includes(place), place);
      const path = join(makeDirectory(), "daemon-set.yaml");
      writeFileSync(path, text.replace(place, fault));
      // Of a kind that it does not know it only warns.
      assert.notDeepEqual(validate("1.37.0", path), { exitCode: 0, output: "" }, fault);
    }
  });

  it("are all applied by kustomize", () => {
    const { resources } = parse(read(kustomization)) as { resources: string[] };
    assert.deepEqual(resources.toSorted(), manifests.toSorted());
  });

  it("make a pod that is a process of the host, elevated, without an API token", () => {
    const { spec } = (parse(read("daemon-set.yaml")) as { spec: { template: { spec: PodSpec } } })
      .spec.template;
    assert.deepEqual(spec.securityContext.windowsOptions, {
      hostProcess: true,
      runAsUserName: "NT AUTHORITY\\SYSTEM",
    });
    assert.equal(spec.hostNetwork, true);
    assert.equal(spec.nodeSelector["kubernetes.io/os"], "windows");
    assert.equal(spec.automountServiceAccountToken, false);
    const account = parse(read("service-account.yaml")) as {
      automountServiceAccountToken: boolean;
    };
    assert.equal(account.automountServiceAccountToken, false);
  });

  it("never let two brokers run on one node", () => {
    const { spec } = parse(read("daemon-set.yaml")) as {
      spec: { updateStrategy: { type: string; rollingUpdate: { maxSurge: number } } };
    };
    assert.equal(spec.updateStrategy.type, "RollingUpdate");
    assert.equal(spec.updateStrategy.rollingUpdate.maxSurge, 0);
  });

  it("lie in a namespace where privileged pods are allowed", () => {
    const { metadata } = parse(read("namespace.yaml")) as {
      metadata: { labels: Record<string, string> };
    };
    assert.equal(metadata.labels["pod-security.kubernetes.io/enforce"], "privileged");
  });

  it("call in their probes what the image has", () => {
    const entry = readFileSync(join(repositoryRoot, "Dockerfile.windows"), "utf8");
    const { spec } = (parse(read("daemon-set.yaml")) as { spec: { template: { spec: PodSpec } } })
      .spec.template;
    for (const { startupProbe, livenessProbe } of spec.containers) {
      for (const { exec } of [startupProbe, livenessProbe]) {
        for (const path of exec.command.slice(0, 2)) {
          assert.ok(entry.includes(path.replaceAll("\\", "\\\\")), path);
        }
      }
    }
  });
});

interface Probe {
  readonly exec: { readonly command: readonly string[] };
}

interface PodSpec {
  readonly securityContext: { readonly windowsOptions: Record<string, unknown> };
  readonly hostNetwork: boolean;
  readonly nodeSelector: Record<string, string>;
  readonly automountServiceAccountToken: boolean;
  readonly containers: readonly { readonly startupProbe: Probe; readonly livenessProbe: Probe }[];
}
