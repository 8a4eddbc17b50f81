// Dockerfile.windows before anybody builds it: hadolint's rules, and the facts that no linter knows. Building it needs Windows
// (.github/workflows/docker-windows.yml), so that the commands in it work is not shown here.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../support/repository.js";
import { describeWithTools, runTool } from "./support/delivery-tools.js";

const dockerfile = readFileSync(join(repositoryRoot, "Dockerfile.windows"), "utf8");

function hadolint(text: string) {
  return runTool("hadolint", ["-"], { input: text });
}

/** The stages in order: name, base and the lines after it. */
function stages(): readonly { name: string; base: string; body: string }[] {
  return [...dockerfile.matchAll(/^FROM (\S+) AS (\S+)\n([\s\S]*?)(?=^FROM |(?![\s\S]))/gm)].map(
    ([, base = "", name = "", body = ""]) => ({ name, base, body }),
  );
}

describeWithTools("Dockerfile.windows", ["hadolint"], () => {
  it("passes hadolint", () => {
    assert.deepEqual(hadolint(dockerfile), { exitCode: 0, output: "" });
  });

  it("would not pass it with a mistyped instruction, an unpinned base or a relative folder", () => {
    const faults: readonly (readonly [RegExp, string, RegExp])[] = [
      [/^ENTRYPOINT/m, "ENTRYPIONT", /unexpected/i],
      [/:\$\{WINDOWS_TAG\} AS build/, " AS build", /DL3006/],
      [/^WORKDIR C:\/source/m, "WORKDIR source", /DL3000/],
    ];
    for (const [place, fault, finding] of faults) {
      const broken = dockerfile.replace(place, fault);
      assert.notEqual(broken, dockerfile, `${place} is there`);
      const { exitCode, output } = hadolint(broken);
      assert.notEqual(exitCode, 0, fault);
      assert.match(output, finding);
    }
  });

  it("ends with the HostProcess image, so that it is what is built by default", () => {
    assert.deepEqual(
      stages().map(({ name }) => name),
      ["build", "nanoserver", "servercore", "hostprocess"],
    );
    assert.match(
      stages().at(-1)?.base ?? "",
      /^mcr\.microsoft\.com\/oss\/kubernetes\/windows-host-process-containers-base-image:/,
    );
  });

  it("takes all images from the one stage that laid the files out", () => {
    for (const { name, body } of stages().slice(1)) {
      assert.match(body, /^COPY --from=build \/portlease \/portlease$/m, name);
      assert.match(body, /"serve"/, name);
      for (const label of ["title", "description", "licenses", "version", "revision"]) {
        assert.ok(body.includes(`org.opencontainers.image.${label}=`), `${name}: ${label}`);
      }
    }
  });

  it("runs nothing in the HostProcess stage: its base has no Windows to run it", () => {
    assert.doesNotMatch(stages().at(-1)?.body ?? "", /^(?:RUN|USER|SHELL|WORKDIR)/m);
  });

  it("checks the hash of Node before unpacking it, and uses no installer", () => {
    const [build] = stages();
    assert.match(build?.body ?? "", /^ARG NODE_SHA256=[0-9a-f]{64}$/m);
    const body = build?.body ?? "";
    assert.ok(body.indexOf("Get-FileHash") < body.indexOf("Expand-Archive"));
    assert.doesNotMatch(dockerfile, /\.msi|msiexec/i);
  });

  it("names the version of the package", () => {
    const { version } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as {
      version: string;
    };
    const named = [...dockerfile.matchAll(/^ARG PORTLEASE_VERSION=(\S+)$/gm)];
    assert.deepEqual(new Set(named.map(([, found]) => found)), new Set([version]));
  });
});
