// How a sidecar gets onto its port: through the ioctl where it may, else with a socket that the broker bound for it; on every
// address that a service may want.

import assert from "node:assert/strict";
import { EndToEndLab } from "../support/end-to-end-lab.js";
import type { PoolCaller } from "../support/pool-caller.js";
import { httpServedBy } from "../support/served-by.js";
import type { Sidecar } from "../support/sidecar.js";
import { describeInWine } from "../support/wine-lab.js";

/** Who answers on 127.0.0.1 and ::1 for each way to listen. */
const ways = [
  { name: "IPv4", options: { host: "0.0.0.0" }, ipv4: true, ipv6: false },
  { name: "one IPv4 address", options: { host: "127.0.0.1" }, ipv4: true, ipv6: false },
  { name: "one IPv6 address", options: { host: "::1" }, ipv4: false, ipv6: true },
  { name: "IPv6 only", options: { host: "::", ipv6Only: true }, ipv4: false, ipv6: true },
  { name: "both families on one socket", options: { host: "::" }, ipv4: true, ipv6: true },
  { name: "no host", options: {}, ipv4: true, ipv6: true },
] as const;

const holders = [
  { name: "an elevated sidecar", kind: "persistent", elevated: true, bound: "sidecar" },
  { name: "a sidecar without rights", kind: "persistent", elevated: false, bound: "broker" },
  { name: "an elevated sidecar", kind: "runtime", elevated: true, bound: "broker" },
  { name: "a sidecar without rights", kind: "runtime", elevated: false, bound: "broker" },
] as const;

describeInWine("a leased port on Windows", function () {
  this.timeout(180_000);

  for (const nodeMajor of [20, 22] as const) {
    describe(`with Node ${nodeMajor}`, () => {
      let lab: EndToEndLab;
      let stranger: PoolCaller;

      before(async () => {
        lab = await EndToEndLab.open();
        const pools = [];
        for (const kind of ["persistent", "runtime"] as const) {
          pools.push({ name: kind, kind, start: await lab.take(4), size: 4 });
        }
        await lab.startBroker(pools, { nodeMajor });
        stranger = await lab.stranger();
      });

      after(() => lab.close());

      for (const { name, kind, elevated, bound } of holders) {
        describe(`of a ${kind} block, for ${name}`, () => {
          let sidecar: Sidecar;
          let port: number;

          before(async () => {
            sidecar = await lab.sidecar({ elevated, nodeMajor });
            port = (await sidecar.acquire({ pool: kind })).ports[0] ?? 0;
          });

          after(() => sidecar.stop());

          for (const { name: way, options, ipv4, ipv6 } of ways) {
            it(`is served on ${way}, again and again`, async () => {
              await sidecar.serve(options);
              const { processId } = sidecar;
              assert.equal(await httpServedBy(port, "127.0.0.1"), ipv4 ? processId : null);
              assert.equal(await httpServedBy(port, "::1"), ipv6 ? processId : null);
              await sidecar.close();
              assert.equal(await httpServedBy(port, ipv4 ? "127.0.0.1" : "::1"), null);
            });
          }

          it(`is bound by the ${bound}`, async () => {
            await sidecar.serve({ host: "127.0.0.1" });
            const { owners } = await stranger.ask({ do: "owners", protocol: "tcp", port });
            const owner = bound === "broker" ? lab.broker.ready.processId : sidecar.processId;
            assert.deepEqual(owners, [owner]);
            await sidecar.close();
          });

          it("is not bound a second time while it is served", async () => {
            await sidecar.serve();
            const refused = await sidecar.failToServe();
            const reason = bound === "broker" ? "ALREADY_BOUND" : "PORT_TAKEN";
            assert.deepEqual([refused.reason, refused.causeReason], ["BIND_FAILED", reason]);
            assert.equal(await httpServedBy(port), sidecar.processId);
            await sidecar.close();
            await sidecar.serve();
            assert.equal(await httpServedBy(port), sidecar.processId);
            await sidecar.close();
          });
        });
      }
    });
  }
});

describeInWine(
  "a leased port on a Windows that binds no port by its number in a larger block",
  function () {
    this.timeout(180_000);

    let lab: EndToEndLab;

    before(async () => {
      lab = await EndToEndLab.open();
      await lab.pool.guess("explicit-bind-in-run", 10_013);
    });

    after(() => lab.close());

    for (const [kind, elevated] of [
      ["persistent", true],
      ["runtime", false],
    ] as const) {
      it(`is a ${kind} reservation of its own, and is served`, async () => {
        const start = await lab.take(3);
        const broker = await lab.startBroker([{ name: "default", kind, start, size: 3 }]);
        const made = (await lab.pool.reservations(kind)).filter(
          ({ firstPort }) => firstPort >= start && firstPort < start + 3,
        );
        assert.deepEqual(
          made.map(({ firstPort, portCount }) => [firstPort, portCount]),
          [
            [start, 1],
            [start + 1, 1],
            [start + 2, 1],
          ],
        );
        const sidecar = await lab.sidecar({ elevated });
        const { ports, reservations } = await sidecar.acquire();
        assert.equal(reservations[0]?.portCount, 1);
        await sidecar.serve();
        assert.equal(await httpServedBy(ports[0] ?? 0), sidecar.processId);
        await sidecar.stop();
        await broker.stop();
      });
    }
  },
);
