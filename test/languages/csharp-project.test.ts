// The project file of the C# sample, which nobody here can build: what it names is there, and it generates all of the API.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../support/repository.js";

const folder = join(repositoryRoot, "clients", "csharp");
const project = readFileSync(join(folder, "Portlease.Sample.csproj"), "utf8");

/** The elements in the order of their tags, "/Name" for an end. Self-closing ones have no end. */
function tagsOf(xml: string): readonly string[] {
  const withoutComments = xml.replaceAll(/<!--[\s\S]*?-->/g, "");
  return [...withoutComments.matchAll(/<(\/?[\w.]+)(?:\s+[\w.]+="[^"<]*")*\s*(\/?)>/g)]
    .filter(([, , closed]) => closed === "")
    .map(([, name = ""]) => name);
}

describe("the project file of the C# sample", () => {
  it("has an end for every element", () => {
    const open: string[] = [];
    for (const tag of tagsOf(project)) {
      if (!tag.startsWith("/")) open.push(tag);
      else assert.equal(open.pop(), tag.slice(1));
    }
    assert.deepEqual(open, []);
    const opened = project.replaceAll(/<!--[\s\S]*?-->/g, "").match(/</g)?.length;
    assert.equal(opened, project.replaceAll(/<!--[\s\S]*?-->/g, "").match(/>/g)?.length);
  });

  it("generates clients of every proto file of the API, with imports that resolve", () => {
    const [, include = "", root = ""] =
      /<Protobuf Include="([^"]+)\/\*\.proto" ProtoRoot="([^"]+)" GrpcServices="Client" \/>/.exec(
        project,
      ) ?? [];
    const files = readdirSync(join(folder, include)).filter((name) => name.endsWith(".proto"));
    assert.ok(files.includes("lease_service.proto"));
    for (const file of files) {
      const text = readFileSync(join(folder, include, file), "utf8");
      assert.match(text, /^option csharp_namespace = "Portlease\.V1";$/m);
      for (const [, imported = ""] of text.matchAll(/^import "([^"]+)";$/gm)) {
        // Those of protobuf itself come with Grpc.Tools.
        if (imported.startsWith("google/protobuf/")) continue;
        assert.ok(existsSync(join(folder, root, imported)), imported);
      }
    }
  });

  it("pins every package", () => {
    const packages = [
      ...project.matchAll(/<PackageReference Include="([^"]+)" Version="([^"]*)"/g),
    ];
    assert.deepEqual(
      packages.map(([, name]) => name),
      ["Google.Protobuf", "Grpc.Net.Client", "Grpc.StatusProto", "Grpc.Tools"],
    );
    for (const [, name, version] of packages) assert.match(version ?? "", /^\d+\.\d+\.\d+$/, name);
  });
});
