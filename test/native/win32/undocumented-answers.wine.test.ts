// Blocks with tokens where no page says what Windows does: they work whichever of the possible answers it gives.

import assert from "node:assert/strict";
import {
  type HostPorts,
  openHostPorts,
  type ReservedBlock,
  type ReserveBlockRequest,
} from "@portlease/native";
import { blockRequest } from "../../support/native-requests.js";
import { FreePorts } from "./support/free-ports.js";
import { controlPool } from "./support/pool-control.js";
import { WindowsProgram } from "./support/windows-program.js";

describe("blocks with tokens, whatever Windows answers,", () => {
  let host: HostPorts;
  let ports: FreePorts;
  let program: WindowsProgram;
  let blocks: ReservedBlock[] = [];
  let used: number[] = [];

  before(async () => {
    host = openHostPorts();
    ports = new FreePorts(host);
    program = await WindowsProgram.start();
  });

  after(() => program.end());

  afterEach(async () => {
    for (const port of used) await program.close(port);
    for (const block of blocks) await block.remove();
    used = [];
    blocks = [];
  });

  /** Where nothing is said about the place, at one that no broker of another test picks meanwhile, not even after it was released. */
  async function reserve(request: Partial<ReserveBlockRequest>): Promise<ReservedBlock> {
    const place =
      request.pick === undefined ? { firstPort: ports.take(request.portCount ?? 1) } : {};
    const wish = { kind: "persistent", portCount: 1, ...place, ...request } as const;
    const block = await host.reserveBlock(blockRequest(wish));
    blocks.push(block);
    return block;
  }

  async function lease(block: ReservedBlock, port: number): Promise<void> {
    used.push(port);
    await program.lease(block, port, true);
  }

  for (const refusal of [10_022, 10_013, 10_049]) {
    it(`are made of one-port reservations where a number in a larger one is refused with ${refusal}`, async () => {
      await controlPool("guess", `explicit-bind-in-run=${refusal}`);
      try {
        const block = await reserve({ portCount: 3 });
        const port = block.firstPort + 1;
        const { firstPort, portCount } = block.reservationOf(port);
        assert.deepEqual([firstPort, portCount], [port, 1]);
        assert.deepEqual(block.reclaimPort(port), { state: "free" });
        await lease(block, port);
        assert.equal(block.reclaimPort(port).state, "in-use");
        await block.release();
        const leasedPorts = new Set([port]);
        const again = await reserve({ firstPort: block.firstPort, portCount: 3, leasedPorts });
        assert.deepEqual(again.uncoveredPorts(), []);
      } finally {
        await controlPool("guess", "explicit-bind-in-run=0");
      }
    });
  }

  it("at any place are made of one-port reservations too where a number in a larger one is refused", async () => {
    await controlPool("guess", "explicit-bind-in-run=10022");
    try {
      const block = await reserve({ kind: "runtime", pick: "any", portCount: 3 });
      const port = block.firstPort + 1;
      assert.equal(block.reservationOf(port).portCount, 1);
      assert.deepEqual(block.reclaimPort(port), { state: "free" });
      await lease(block, port);
    } finally {
      await controlPool("guess", "explicit-bind-in-run=0");
    }
  });

  for (const refusal of [10_022, 10_013, 10_049]) {
    it(`bind the one port of a reservation by port 0 where its number is refused with ${refusal}`, async () => {
      const block = await reserve({ isolation: "per-lease", portCount: 2 });
      await controlPool("fault", `bind=${refusal}*1`);
      try {
        assert.deepEqual(block.reclaimPort(block.firstPort), { state: "free" });
      } finally {
        await controlPool("fault", "clear");
      }
    });
  }

  for (const answer of [10_022, 10_013, 10_049, 10_038, 0]) {
    it(`notice a token that was changed behind their back where Windows says ${answer} of it`, async () => {
      await controlPool("guess", `associate-unknown-token=${answer}`);
      try {
        const block = await reserve({ portCount: 2 });
        const { token } = block.reservationOf(block.firstPort);
        const run = [String(block.firstPort), "2"];
        await controlPool("unreserve", "tcp", ...run);
        await controlPool("reserve", "tcp", ...run);
        assert.deepEqual(block.reclaimPort(block.firstPort + 1), { state: "free" });
        assert.notEqual(block.reservationOf(block.firstPort).token, token);
      } finally {
        await controlPool("guess", "associate-unknown-token=10022");
      }
    });
  }
});
