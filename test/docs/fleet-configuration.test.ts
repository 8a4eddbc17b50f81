// docs/fleet-configuration.md against the form of a fleet server's settings.

import assert from "node:assert/strict";
import { fleetForm } from "#fleet/config/fleet-schema.js";
import { fleetTable } from "#fleet/config/fleet-settings.js";
import { loadFleet } from "../support/fleet-config-world.js";
import { itHoldsSettings, readPage } from "./support/settings-page.js";

const page = readPage("fleet-configuration.md");
const source = { etcd: { url: "etcd://e" } };

describe("docs/fleet-configuration.md", () => {
  itHoldsSettings({
    name: "fleet-configuration.md",
    form: fleetForm,
    table: fleetTable,
    load: (settings) =>
      loadFleet({ file: JSON.stringify({ ...source, ...(settings as object | null) }) }).config,
    beside: {
      tokens: { name: "a", role: "viewer", file: "a.token" },
      "tls.identities": { match: "DNS:a", role: "viewer" },
    },
    notAlone: [],
  });

  it("has command lines that a fleet server takes", () => {
    const [, sh = ""] = /^```sh\n([\s\S]*?)^```$/m.exec(page) ?? [];
    const kinds = sh
      .trim()
      .split("\n")
      .map((line) => {
        const words = line
          .replace(/ +#.*$/, "")
          .split(" ")
          .slice(2);
        const values = words.filter((word) => !word.startsWith("--"));
        assert.ok(
          words.every((word, index) => index % 2 === 1 || word === words[0]),
          line,
        );
        return loadFleet({ flags: { [words[0] ?? ""]: values.join(",") } }).config.source.kind;
      });
    assert.deepEqual(kinds, ["etcd", "brokers"]);
  });

  it("has a file that a fleet server takes", () => {
    const file = /^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1];
    const { config } = loadFleet({ file: file ?? "" });
    assert.equal(config.source.kind, "etcd");
    assert.equal(config.retentionMs, 7 * 86_400_000);
    assert.equal(config.tls?.certFile, "/home/ann/.config/portlease/fleet.crt");
  });
});
