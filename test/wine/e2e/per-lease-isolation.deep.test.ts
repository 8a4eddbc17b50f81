// Isolation "per-lease": what a past holder knows of the port is dead in the kernel once the port is leased again.

import assert from "node:assert/strict";
import { EndToEndLab } from "../support/end-to-end-lab.js";
import { httpServedBy } from "../support/served-by.js";
import { describeInWine } from "../support/wine-lab.js";

/** winsock2.h: WSAEINVAL, what the kernel answers to a token that names nothing. */
const invalid = 10_022;

/** Said in place of the tokens, which are secret. */
const tokenKept = "the token is the same as before";

describeInWine("a past holder on Windows", function () {
  this.timeout(180_000);

  for (const kind of ["persistent", "runtime"] as const) {
    it(`cannot bind with its token once the port of a ${kind} block is somebody else's`, async () => {
      const lab = await EndToEndLab.open();
      try {
        const start = await lab.take(1);
        const isolation = "per-lease" as const;
        await lab.startBroker([{ name: "default", kind, start, size: 1, isolation }]);
        const [past, next] = [await lab.sidecar(), await lab.sidecar()];

        const before = await past.acquire();
        const [known] = (await past.serve()).reservations;
        assert.equal(await httpServedBy(start), past.processId);
        await past.close();
        await past.release();

        const after = await next.acquire();
        assert.deepEqual(after.ports, before.ports);
        assert.ok(BigInt(after.generation) > BigInt(before.generation));
        assert.ok(after.reservations[0]?.token !== known?.token, tokenKept);

        const refused = await past.bindWithToken(start, known?.token ?? "", 1);
        assert.equal(refused?.errorNumber, invalid);
        assert.equal(refused?.reason, "RESERVATION_GONE");
        await next.serve();
        assert.equal(await httpServedBy(start), next.processId);
      } finally {
        await lab.close();
      }
    });
  }
});
