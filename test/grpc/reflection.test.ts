import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { splitDescriptorSet } from "#server/grpc/reflection.js";
import { repositoryRoot } from "../support/repository.js";

describe("splitDescriptorSet()", () => {
  it("gives every file of the committed descriptor set, whole", () => {
    const bytes = readFileSync(join(repositoryRoot, "src", "gen", "descriptor.binpb"));
    const files = splitDescriptorSet(bytes);
    const names = files.map((file) => file.subarray(2, 2 + (file[1] ?? 0)).toString());
    for (const name of [
      "portlease/v1/lease_service.proto",
      "portlease/v1/admin_service.proto",
      "google/rpc/error_details.proto",
      "grpc/health/v1/health.proto",
    ]) {
      assert.ok(names.includes(name), `${name} among ${names.join(", ")}`);
    }
  });

  it("keeps the comments, which are the manual", () => {
    const bytes = readFileSync(join(repositoryRoot, "src", "gen", "descriptor.binpb"));
    const all = Buffer.concat(splitDescriptorSet(bytes)).toString("latin1");
    assert.match(all, /Leases one port, or a run of consecutive ports/);
  });

  it("refuses what is no descriptor set", () => {
    assert.throws(() => splitDescriptorSet(Buffer.from("hello")), /not a FileDescriptorSet/);
  });
});
