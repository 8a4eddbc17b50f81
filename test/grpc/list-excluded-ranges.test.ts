import assert from "node:assert/strict";
import type { ExcludedRange } from "@portlease/native";
import {
  ListExcludedRangesRequest,
  type ListExcludedRangesResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { Protocol } from "@portlease/proto/portlease/v1/common.js";
import { type ImaginaryBroker, startImaginaryBroker } from "../support/imaginary-broker.js";
import { unary } from "../support/lease-caller.js";
import { failureOf } from "../support/rpc-failure.js";

describe("ListExcludedRanges", () => {
  let imaginary: ImaginaryBroker;

  afterEach(() => imaginary.stop());

  async function start(excludedRanges: readonly ExcludedRange[] | null): Promise<void> {
    imaginary = await startImaginaryBroker({ excludedRanges });
  }

  function list(
    protocol: Protocol = Protocol.PROTOCOL_UNSPECIFIED,
  ): Promise<ListExcludedRangesResponse> {
    const { adminClient } = imaginary.caller;
    const method = adminClient.listExcludedRanges.bind(adminClient);
    return unary(method, ListExcludedRangesRequest.fromPartial({ protocol }));
  }

  it("lists the ranges by protocol and first port, and what the host picks from", async () => {
    await start([
      { firstPort: 50_000, portCount: 60, administered: true },
      { firstPort: 5_357, portCount: 1, administered: false },
    ]);
    const [tcp, udp] = [Protocol.PROTOCOL_TCP, Protocol.PROTOCOL_UDP];
    const both = await list();
    assert.deepEqual(both.ranges, [
      { protocol: tcp, firstPort: 5_357, lastPort: 5_357, administered: false },
      { protocol: tcp, firstPort: 50_000, lastPort: 50_059, administered: true },
      { protocol: udp, firstPort: 5_357, lastPort: 5_357, administered: false },
      { protocol: udp, firstPort: 50_000, lastPort: 50_059, administered: true },
    ]);
    assert.deepEqual(both.dynamicRange, {
      protocol: tcp,
      firstPort: 32_768,
      lastPort: 60_999,
      administered: false,
    });
    assert.equal(both.known, true);
    const one = await list(udp);
    assert.deepEqual([one.ranges.length, one.dynamicRange?.protocol], [2, udp]);
  });

  it("tells unknown from none", async () => {
    await start(null);
    const { ranges, known } = await list();
    assert.deepEqual([ranges, known], [[], false]);
  });

  it("refuses a protocol that does not exist", async () => {
    await start([]);
    const failure = await failureOf(list(99 as Protocol));
    assert.equal(failure.details.badRequest?.fieldViolations[0]?.field, "protocol");
  });
});
