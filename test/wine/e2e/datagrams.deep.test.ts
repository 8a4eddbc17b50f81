// UDP, and one number in both protocols, from the reservation to the answered datagram.

import assert from "node:assert/strict";
import { EndToEndLab, type LabPool } from "../support/end-to-end-lab.js";
import { datagramServedBy, httpServedBy } from "../support/served-by.js";
import { WineBroker } from "../support/wine-broker.js";
import { describeInWine } from "../support/wine-lab.js";

const portCount = 3;
/** winerror.h */
const sharingViolation = 32;

describeInWine("UDP on Windows", function () {
  this.timeout(180_000);

  let lab: EndToEndLab;
  let start: number;

  beforeEach(async () => {
    lab = await EndToEndLab.open();
    start = await lab.take(portCount);
  });

  afterEach(() => lab.close());

  const poolOf = (
    protocol: "udp" | "tcp-and-udp",
    kind: LabPool["kind"] = "persistent",
  ): readonly LabPool[] => [{ name: "default", kind, protocol, start, size: portCount }];

  for (const { name, kind, elevated, bindMethod } of [
    { name: "an elevated sidecar", kind: "persistent", elevated: true, bindMethod: "associate" },
    {
      name: "a sidecar without rights",
      kind: "persistent",
      elevated: false,
      bindMethod: "associate",
    },
    { name: "a sidecar without rights", kind: "runtime", elevated: false, bindMethod: "handoff" },
    { name: "any sidecar", kind: "administered", elevated: false, bindMethod: "plain" },
  ] as const) {
    it(`is answered on a ${kind} port by ${name}, over IPv4 and IPv6`, async () => {
      await lab.startBroker(poolOf("udp", kind));
      const [sidecar, stranger] = await Promise.all([lab.sidecar({ elevated }), lab.stranger()]);
      const { ports, reservations } = await sidecar.acquire({ protocol: "udp" });
      const [port = 0] = ports;
      assert.deepEqual(
        reservations.map((each) => [each.protocol, each.bindMethod]),
        [["udp", bindMethod]],
      );
      const refusal = kind === "administered" ? "OK" : "EACCES";
      assert.equal(await stranger.listen(port, { protocol: "udp" }), refusal);
      assert.equal(await stranger.listen(port, { protocol: "tcp" }), "OK");
      await sidecar.echo(4);
      assert.equal(await datagramServedBy(port), sidecar.processId);
      await sidecar.close();
      assert.equal(await datagramServedBy(port), null);
      await sidecar.echo(6, { host: "::1" });
      assert.equal(await datagramServedBy(port, "::1"), sidecar.processId);
    });
  }

  for (const { kind, elevated, bindMethod } of [
    { kind: "persistent", elevated: true, bindMethod: "associate" },
    { kind: "runtime", elevated: false, bindMethod: "handoff" },
  ] as const) {
    it(`and TCP are served on one leased number of a ${kind} block, each with its token`, async () => {
      await lab.startBroker(poolOf("tcp-and-udp", kind));
      const [sidecar, stranger] = await Promise.all([lab.sidecar({ elevated }), lab.stranger()]);
      const { ports, reservations } = await sidecar.acquire({ protocol: "tcp-and-udp" });
      const [port = 0] = ports;
      assert.deepEqual(
        reservations.map((each) => [each.protocol, each.bindMethod]),
        [
          ["tcp", bindMethod],
          ["udp", bindMethod],
        ],
      );
      assert.equal(new Set(reservations.map(({ token }) => token)).size, 2);
      for (const protocol of ["tcp", "udp"] as const) {
        assert.equal(await stranger.listen(port, { protocol }), "EACCES");
      }
      await sidecar.serve();
      await sidecar.echo(4);
      assert.equal(await httpServedBy(port), sidecar.processId);
      assert.equal(await datagramServedBy(port), sidecar.processId);
    });
  }

  for (const refused of ["Tcp", "Udp"] as const) {
    it(`and TCP are reserved together or not at all: ${refused} refused`, async () => {
      await lab.pool.fail({
        api: `CreatePersistent${refused}PortReservation`,
        port: start,
        error: sharingViolation,
      });
      const { exitCode, stderr } = await WineBroker.failToStart(
        lab.configure(poolOf("tcp-and-udp")),
      );
      assert.equal(exitCode, 1);
      assert.match(stderr, /"CANNOT_RESERVE"/);
      const left = (await lab.pool.reservations("persistent")).filter(
        ({ firstPort }) => firstPort === start,
      );
      assert.deepEqual(left, []);
      // Nothing is ambiguous either: the next start makes both.
      await lab.pool.clearFaults();
      await lab.startBroker(poolOf("tcp-and-udp"));
      const made = (await lab.pool.reservations("persistent")).filter(
        ({ firstPort }) => firstPort === start,
      );
      assert.deepEqual(made.map(({ protocol }) => protocol).toSorted(), ["tcp", "udp"]);
    });
  }
});
