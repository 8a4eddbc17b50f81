// How the dashboard writes numbers, times and names.

import assert from "node:assert/strict";
import {
  countText,
  durationMs,
  enumText,
  plural,
  portsText,
  protocolText,
  roughSpanText,
  spanText,
} from "#dashboard/model/format.js";

describe("the dashboard's texts", () => {
  it("read durations of the API", () => {
    assert.equal(durationMs("30s"), 30_000);
    assert.equal(durationMs("1.500s"), 1_500);
    assert.equal(durationMs("-2s"), -2_000);
    assert.equal(durationMs("0s"), 0);
  });

  it("know what is no duration", () => {
    for (const text of [undefined, "", "30", "30m", "s", "1e3s"]) {
      assert.equal(durationMs(text), null, String(text));
    }
  });

  it("tell a span in its two largest units", () => {
    assert.equal(spanText(0), "0 s");
    assert.equal(spanText(999), "0 s");
    assert.equal(spanText(9_000), "9 s");
    assert.equal(spanText(60_000), "1 m");
    assert.equal(spanText(250_000), "4 m 10 s");
    assert.equal(spanText(3_600_000), "1 h");
    assert.equal(spanText(2 * 86_400_000 + 3 * 3_600_000 + 59_000), "2 d 3 h");
  });

  it("leave out what follows after a unit that there is none of", () => {
    assert.equal(spanText(3_600_000 + 5_000), "1 h");
  });

  it("count a span that is over as none", () => {
    assert.equal(spanText(-5_000), "0 s");
  });

  it("tell an estimate in one unit", () => {
    assert.equal(roughSpanText(20_000), "less than a minute");
    assert.equal(roughSpanText(12 * 60_000), "about 12 minutes");
    assert.equal(roughSpanText(60_000), "about 1 minute");
    assert.equal(roughSpanText(5 * 3_600_000), "about 5 hours");
    assert.equal(roughSpanText(4 * 86_400_000), "about 4 days");
  });

  it("count in words", () => {
    assert.equal(countText(10_000), "10,000");
    assert.equal(plural(1, "port"), "1 port");
    assert.equal(plural(0, "port"), "0 ports");
    assert.equal(plural(1_024, "port"), "1,024 ports");
  });

  it("name ports, protocols and words of the API", () => {
    assert.equal(portsText(20_000, 1), "20000");
    assert.equal(portsText(20_000, 8), "20000-20007");
    assert.equal(protocolText("PROTOCOL_TCP_AND_UDP"), "TCP + UDP");
    assert.equal(enumText("LEASE_END_REASON_HOLDER_EXITED", "LEASE_END_REASON_"), "holder exited");
  });
});
