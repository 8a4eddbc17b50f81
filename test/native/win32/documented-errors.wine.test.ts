// Every error that the reservation calls are documented to answer, from the call to the NativeError. The emulation is told to
// answer them; that Windows does is in its documentation (src/native/win32/error-table.ts).

import assert from "node:assert/strict";
import {
  type HostPorts,
  NativeError,
  openHostPorts,
  openLesseeSockets,
  type ReservedBlock,
} from "@portlease/native";
import { explainError } from "#native/win32/error-table.js";
import { bindRequest, blockRequest } from "../../support/native-requests.js";
import { FreePorts } from "./support/free-ports.js";
import { controlPool } from "./support/pool-control.js";

const socketErrors = [995, 997, 10_004, 10_014, 10_022, 10_036, 10_038, 10_045, 10_050];

describe("a documented error", () => {
  let host: HostPorts;
  let ports: FreePorts;
  let persistent: ReservedBlock;
  let runtime: ReservedBlock;

  before(async () => {
    host = openHostPorts();
    ports = new FreePorts(host);
    persistent = await open("persistent");
    runtime = await open("runtime");
  });

  after(async () => {
    await persistent.remove();
    await runtime.remove();
  });

  afterEach(async () => {
    await controlPool("fault", "clear");
  });

  function open(kind: "persistent" | "runtime"): Promise<ReservedBlock> {
    return host.reserveBlock(blockRequest({ kind, firstPort: ports.take(2), portCount: 2 }));
  }

  const query = () =>
    ({
      kind: "persistent",
      protocol: "tcp",
      firstPort: persistent.firstPort,
      portCount: 2,
    }) as const;

  const bind = () => {
    const { token, portCount } = persistent.reservationOf(persistent.firstPort);
    const port = persistent.firstPort;
    const leased = { port, bindMethod: "associate", token, tokenPortCount: portCount } as const;
    openLesseeSockets().bindLeased(bindRequest(leased)).close();
  };

  const transfer = () => {
    const address = { address: "127.0.0.1", ipv6Only: false };
    const socket = runtime.bindForTransfer({ port: runtime.firstPort, ...address });
    try {
      socket.duplicateFor(process.pid);
    } finally {
      socket.close();
    }
  };

  const calls: readonly {
    readonly api: string;
    readonly numbers: readonly number[];
    readonly call: () => unknown;
  }[] = [
    {
      api: "CreatePersistentTcpPortReservation",
      numbers: [5, 32, 87],
      call: () => open("persistent"),
    },
    {
      api: "LookupPersistentTcpPortReservation",
      numbers: [87],
      call: () => host.hasReservation(query()),
    },
    {
      api: "DeletePersistentTcpPortReservation",
      numbers: [5, 87],
      call: () => host.removeReservation(query()),
    },
    {
      api: "SIO_ACQUIRE_PORT_RESERVATION",
      numbers: [...socketErrors, 10_048],
      call: () => open("runtime"),
    },
    { api: "SIO_ASSOCIATE_PORT_RESERVATION", numbers: [...socketErrors, 10_013], call: bind },
    { api: "bind", numbers: [10_013, 10_014, 10_038, 10_048, 10_049, 10_050, 10_055], call: bind },
    {
      api: "WSADuplicateSocketW",
      numbers: [10_014, 10_022, 10_024, 10_038, 10_045, 10_050, 10_055],
      call: transfer,
    },
  ];

  for (const { api, numbers, call } of calls) {
    for (const number of numbers) {
      const { name, code } = explainError(api, number);
      it(`of ${api}, ${name} ${number}, arrives as ${code}`, async () => {
        // Once: Wine itself makes some of these calls to start a program.
        await controlPool("fault", `${api}=${number}*1`);
        await assert.rejects(
          async () => await call(),
          (error) => {
            assert.ok(error instanceof NativeError, String(error));
            assert.equal(error.code, code);
            const { fields } = error;
            assert.deepEqual(
              [fields.api, fields.errorNumber, fields.errorName],
              [api, number, name],
            );
            return true;
          },
        );
      });
    }
  }

  it("of Delete, ERROR_NOT_FOUND 1168, is no failure: what was to be removed is not there", async () => {
    await controlPool("fault", "DeletePersistentTcpPortReservation=1168");
    assert.equal(await host.removeReservation(query()), 0);
  });

  it("of Lookup, ERROR_NOT_FOUND 1168, means that nothing is there", async () => {
    await controlPool("fault", "LookupPersistentTcpPortReservation=1168");
    assert.equal(await host.hasReservation(query()), false);
  });

  it("of RELEASE does not keep a runtime block from ending", async () => {
    const block = await open("runtime");
    await controlPool("fault", "SIO_RELEASE_PORT_RESERVATION=10022");
    await block.release();
    assert.deepEqual(host.tryBind("tcp", "127.0.0.1", block.firstPort), { bound: true });
  });
});
