// Which signals stop the broker, and when they are taken for impatience.

import assert from "node:assert/strict";
import { StopSignals } from "#cli/stop-signals.js";

describe("StopSignals", () => {
  it("begins an orderly stop on the first signal", () => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGBREAK"] as const) {
      assert.equal(new StopSignals(false).decide(signal, 0), "stop");
    }
  });

  it("takes a second one at once for the same wish, since npm passes on what the terminal sent to all", () => {
    const signals = new StopSignals(false);
    signals.decide("SIGINT", 5_000);
    assert.equal(signals.decide("SIGINT", 5_000), "repeat");
    assert.equal(signals.decide("SIGTERM", 5_999), "repeat");
  });

  it("leaves at once on a second one later on", () => {
    const signals = new StopSignals(false);
    signals.decide("SIGTERM", 5_000);
    assert.equal(signals.decide("SIGINT", 6_000), "leave");
  });

  it("stops on a hangup only where that means that the terminal closed", () => {
    assert.equal(new StopSignals(true).decide("SIGHUP", 0), "stop");
    const daemon = new StopSignals(false);
    assert.equal(daemon.decide("SIGHUP", 0), "reload");
    assert.equal(daemon.decide("SIGTERM", 1), "stop");
  });

  it("begins an orderly stop when stdin ends", () => {
    const signals = new StopSignals(false);
    assert.equal(signals.stdinEnded(5_000), "stop");
    assert.equal(signals.decide("SIGTERM", 5_999), "repeat");
    assert.equal(signals.decide("SIGTERM", 6_000), "leave");
  });

  it("takes the end of stdin after a signal for no impatience, however late it comes", () => {
    const signals = new StopSignals(false);
    signals.decide("SIGINT", 5_000);
    assert.equal(signals.stdinEnded(60_000), "repeat");
  });
});
