// Where HTTP is served: the usual port, another one where that is as good, and the broker's own reservation on an imaginary Windows
// (semantics 20).

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { reserveOwnPorts } from "#server/blocks/reserve-own-ports.js";
import type { HttpWish } from "#server/config/http-settings.js";
import type { EndpointParts } from "#server/endpoint/listen.js";
import { listenForHttp } from "#server/endpoint/listen-for-http.js";
import type { LogFields } from "#server/log.js";
import { StartError } from "#server/start-error.js";
import { BlockLab, ownPortParts } from "../../support/block-lab.js";
import { HttpLab } from "../../support/http-lab.js";
import { silentLog } from "../../support/silent-log.js";

const usual = { host: "127.0.0.1", port: 7_601 };
const ordinary = { state: "ordinary" } as const;

describe("listenForHttp()", () => {
  let lab: HttpLab;
  let windows: BlockLab;
  let taken: Server;
  let warnings: { readonly message: string; readonly fields: LogFields | undefined }[];

  beforeEach(async () => {
    warnings = [];
    windows = new BlockLab();
    lab = HttpLab.made();
    taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
  });

  afterEach(async () => {
    taken.close();
    await lab.stop();
  });

  function parts(): EndpointParts {
    const lessee = windows.host.openLesseeSockets({ processId: process.pid });
    return {
      server: lab.server,
      bindLeased: (request) => lessee.bindLeased(request),
      // Descriptors of the imaginary host cannot be adopted by Node.
      listenOnBound: (listener) =>
        new Promise((resolve) => listener.listen({ host: "127.0.0.1", port: 0 }, resolve)),
      excludedRanges: () => windows.host.excludedRanges(),
      localSocketPath: "unused",
      secured: false,
      resolve: () => Promise.resolve("127.0.0.1"),
      pause: () => Promise.resolve(),
      log: { ...silentLog, warn: (message, fields) => void warnings.push({ message, fields }) },
    };
  }

  function wish(orElsewhere: boolean): HttpWish {
    const { port } = taken.address() as AddressInfo;
    return { address: { host: "127.0.0.1", port }, orElsewhere };
  }

  it("takes another port of loopback when nobody insists on the one that is taken, and says so", async () => {
    const asked = wish(true);
    const address = await listenForHttp(parts(), asked, ordinary, "the log");
    assert.match(address, /^127\.0\.0\.1:\d+$/);
    assert.notEqual(address, `127.0.0.1:${asked.address.port}`);
    assert.match(warnings[0]?.message ?? "", /operating system chooses one/);
    assert.equal((await lab.callerAt(address).get("/healthz")).status, 200);
  });

  it("refuses the start when somebody does, and names the flag", async () => {
    await assert.rejects(listenForHttp(parts(), wish(false), ordinary, "the log"), (error) => {
      assert.ok(error instanceof StartError && error.code === "CANNOT_LISTEN");
      assert.match(error.message, /--http-listen/);
      return true;
    });
  });

  it("binds through its own reservation, which is beside that of gRPC", async () => {
    const { ownPorts } = await reserveOwnPorts(await ownPortParts(windows), [7_600, 7_601], []);
    assert.deepEqual(
      [...ownPorts.values()].map(({ state }) => state),
      ["reserved", "reserved"],
    );
    const records = [...(await windows.recordsOnDisk()).keys()];
    assert.deepEqual(records, ["broker:own-tcp-7600", "broker:own-tcp-7601"]);
    const own = ownPorts.get(7_601) ?? assert.fail("it has no state");
    const asked: number[] = [];
    const listening = parts();
    const watched: EndpointParts = {
      ...listening,
      bindLeased: (request) => {
        asked.push(request.port);
        return listening.bindLeased(request);
      },
    };
    await listenForHttp(watched, { address: usual, orElsewhere: true }, own, "the log");
    assert.deepEqual(asked, [7_601]);
    assert.deepEqual(warnings, []);
  });

  it("is served on a chosen port where the reservation is refused, and gRPC keeps its own", async () => {
    windows.host.openSocket({ port: 7_601 });
    const { ownPorts } = await reserveOwnPorts(await ownPortParts(windows), [7_600, 7_601], []);
    assert.deepEqual(
      [...ownPorts.values()].map(({ state }) => state),
      ["reserved", "refused"],
    );
    const own = ownPorts.get(7_601) ?? assert.fail("it has no state");
    const address = await listenForHttp(
      parts(),
      { address: usual, orElsewhere: false },
      own,
      "the log",
    );
    assert.notEqual(address, "127.0.0.1:7601");
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]?.message ?? "", /the port for HTTP cannot be had/);
  });

  it("gives back the reservation of HTTP alone when only that moves", async () => {
    await reserveOwnPorts(await ownPortParts(windows), [7_600, 7_601], []);
    const { blocks } = await windows.store.load();
    windows.kill();
    await reserveOwnPorts(await ownPortParts(windows), [7_600, 0], blocks);
    assert.deepEqual([...(await windows.recordsOnDisk()).keys()], ["broker:own-tcp-7600"]);
  });
});
