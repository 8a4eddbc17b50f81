// ListPorts, GetUsageHistory and what GetBroker says to be wrong, over real gRPC on an imaginary host.

import assert from "node:assert/strict";
import {
  GetBrokerRequest,
  GetUsageHistoryRequest,
  ListPortsRequest,
  PortState,
  Problem_Severity,
  ServingState,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { DeepPartial } from "@portlease/proto/portlease/v1/lease_service.js";
import { type ImaginaryBroker, startImaginaryBroker } from "../support/imaginary-broker.js";
import { fromMs, unary } from "../support/lease-caller.js";
import { failureOf } from "../support/rpc-failure.js";

describe("What an operator is shown", () => {
  let imaginary: ImaginaryBroker;
  beforeEach(async () => {
    imaginary = await startImaginaryBroker();
  });
  afterEach(() => imaginary.stop());

  const client = () => imaginary.caller.adminClient;
  const listPorts = (request: DeepPartial<ListPortsRequest> = {}) =>
    unary(client().listPorts.bind(client()), ListPortsRequest.fromPartial(request));
  const history = (request: DeepPartial<GetUsageHistoryRequest> = {}) =>
    unary(client().getUsageHistory.bind(client()), GetUsageHistoryRequest.fromPartial(request));
  const getBroker = () =>
    unary(client().getBroker.bind(client()), GetBrokerRequest.fromPartial({}));
  const reasonOf = async (call: Promise<unknown>): Promise<string> => {
    const { codeName, reason } = await failureOf(call);
    return `${codeName} ${reason}`;
  };

  it("ListPorts tells runs by first port, with the revision that is in them", async () => {
    const { block } = await imaginary.blocks
      .reserve({ pool: "", firstPort: 10_000, portCount: 4 })
      .then((made) => ({ block: made.record }));
    await imaginary.caller.acquire({ preferredPort: 20_002 });
    const { runs, revision } = await listPorts();
    assert.equal(revision, BigInt(imaginary.broker.revision));
    assert.deepEqual(
      runs.map(({ blockId, firstPort, portCount, state }) => [
        blockId,
        firstPort,
        portCount,
        state,
      ]),
      [
        [block.blockId, 10_000, 4, PortState.PORT_STATE_FREE],
        ["default", 20_000, 2, PortState.PORT_STATE_FREE],
        ["default", 20_002, 1, PortState.PORT_STATE_LEASED],
        ["default", 20_003, 5, PortState.PORT_STATE_FREE],
      ],
    );
    const one = await listPorts({ blockId: block.blockId });
    assert.deepEqual(one.runs, runs.slice(0, 1));
    assert.deepEqual((await listPorts({ pool: "default" })).runs, runs);
  });

  it("ListPorts and GetUsageHistory refuse what does not exist", async () => {
    assert.equal(await reasonOf(listPorts({ pool: "other" })), "NOT_FOUND POOL_NOT_FOUND");
    assert.equal(await reasonOf(listPorts({ blockId: "other" })), "NOT_FOUND BLOCK_NOT_FOUND");
    assert.equal(await reasonOf(history({ pool: "other" })), "NOT_FOUND POOL_NOT_FOUND");
    for (const window of [fromMs(9_999), fromMs(86_400_001)]) {
      assert.equal(await reasonOf(history({ window })), "INVALID_ARGUMENT FIELD_INVALID");
    }
  });

  it("GetUsageHistory tells samples in the steps of the window", async () => {
    const { clock, usage, caller } = imaginary;
    usage.advance();
    await caller.acquire();
    clock.advance(10_000);
    usage.advance();
    const { samples, interval, timeToExhaustion } = await history();
    assert.equal(interval?.seconds, 10n);
    assert.equal(timeToExhaustion, undefined);
    assert.deepEqual(
      samples.map((sample) => [sample.usage?.leased, sample.grants]),
      [
        [0, 0],
        [1, 1],
      ],
    );
    assert.equal(samples.at(-1)?.sampleTime?.getTime(), clock.wallMs());
    assert.equal((await history({ window: fromMs(7_200_000) })).interval?.seconds, 60n);
    for (let count = 0; count < 7; count += 1) await caller.acquire();
    clock.advance(10_000);
    usage.advance();
    assert.deepEqual((await history({ pool: "default" })).timeToExhaustion, {
      seconds: 0n,
      nanos: 0,
    });
  });

  it("GetBroker tells what is wrong, and that it stops", async () => {
    assert.deepEqual((await getBroker()).problems, []);
    for (let count = 0; count < 8; count += 1) await imaginary.caller.acquire();
    const [problem] = (await getBroker()).problems;
    assert.equal(problem?.severity, Problem_Severity.SEVERITY_CRITICAL);
    assert.equal(problem.reason, "POOL_FULL");
    assert.equal(problem.remedy, "portlease blocks add --size 8 --pool default");
    imaginary.broker.stopGranting();
    const stopping = await getBroker();
    assert.equal(stopping.servingState, ServingState.SERVING_STATE_STOPPING);
    assert.deepEqual(
      stopping.problems.map(({ reason }) => reason),
      ["POOL_FULL", "STOPPING"],
    );
  });
});
