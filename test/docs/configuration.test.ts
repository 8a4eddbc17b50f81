// docs/configuration.md against the schema: every key with its flag, and defaults and ranges that are so.

import assert from "node:assert/strict";
import { brokerTable } from "#server/config/settings.js";
import { brokerForm } from "#server/config/settings-schema.js";
import { reloadRules } from "#server/reload/reload-rules.js";
import { load } from "../support/config-world.js";
import { itHoldsSettings, readPage } from "./support/settings-page.js";

const page = readPage("configuration.md");

describe("docs/configuration.md", () => {
  itHoldsSettings({
    name: "configuration.md",
    form: brokerForm,
    table: brokerTable,
    load: (settings) => load(settings === null ? {} : { file: JSON.stringify(settings) }).config,
    beside: {
      tokens: { name: "a", role: "viewer", file: "a.token" },
      "tls.identities": { match: "DNS:a", role: "viewer" },
      pools: { name: "default" },
      "pools.pins": { port: 20_000, service: "a" },
    },
    notAlone: ["pools.name"],
  });

  it("has every setting that needs a restart, and why", () => {
    const [, reload = ""] = /^## Reload$([\s\S]*?)^## /m.exec(page) ?? [];
    const told = [...reload.matchAll(/^\| `([\w.]+)` +\| (.*?) +\|$/gm)].map(
      ([, key = "", why = ""]) => [key, why.replaceAll("`", '"')],
    );
    const needed = Object.entries(reloadRules).flatMap(([key, rule]) =>
      rule === "at once" ? [] : [[key, rule.restart]],
    );
    assert.deepEqual(told, needed);
  });

  it("has a file that a broker takes", () => {
    const file = /^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1];
    const { config } = load({ file: file ?? "" });
    assert.deepEqual(
      config.pools.map(({ name, size, sizeMax }) => [name, size, sizeMax]),
      [
        ["default", 256, 1_024],
        ["gateways", 64, 64],
        ["dns", 16, 16],
      ],
    );
  });
});
