// How `portlease top` follows a broker that falls silent, goes away and refuses, over real gRPC.

import assert from "node:assert/strict";
import { once } from "node:events";
import { Server, ServerCredentials, type ServerWritableStream, status } from "@grpc/grpc-js";
import {
  AdminServiceService,
  type WatchBrokerRequest,
  WatchBrokerResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { locatorOf } from "#cli/broker-options.js";
import { CliFailure } from "#cli/cli-failure.js";
import { HostFollower } from "#cli/top/follow-host.js";

type Stream = ServerWritableStream<WatchBrokerRequest, WatchBrokerResponse>;

const message = WatchBrokerResponse.fromPartial({ revision: 7n });

describe("HostFollower", () => {
  let server: Server;
  let address = "";
  const streams: Stream[] = [];
  /** What the broker does with the nth stream. */
  let serve: (stream: Stream, nth: number) => void = () => undefined;

  before(async () => {
    server = new Server();
    const watchBroker = (stream: Stream): void => {
      streams.push(stream);
      serve(stream, streams.length);
    };
    const { watchBroker: method } = AdminServiceService;
    server.addService({ watchBroker: method }, { watchBroker });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    address = `127.0.0.1:${port}`;
  });
  beforeEach(() => void streams.splice(0));
  after(() => server.forceShutdown());

  /** What is heard until `enough` says so; rejects with what the follower rejects with. */
  async function heardUntil(
    enough: (heard: readonly string[]) => boolean,
  ): Promise<readonly string[]> {
    const heard: string[] = [];
    const over = new AbortController();
    const hear = (what: string): void => {
      heard.push(what);
      if (enough(heard)) over.abort();
    };
    const options = { address, timeout: 5_000 };
    const following = { options, locator: locatorOf(options), intervalMs: 100 };
    const follower = new HostFollower(following, {
      message: (_message, isFirst) => hear(isFirst ? "first" : "next"),
      lost: () => hear("lost"),
    });
    await follower.run(over.signal);
    return heard;
  }

  it("asks for events at the interval, and tells the first message from the next", async () => {
    serve = (stream) => {
      stream.write(message);
      stream.write(message);
    };
    assert.deepEqual(await heardUntil(({ length }) => length === 2), ["first", "next"]);
    const [stream] = streams;
    assert.equal(stream?.request.interval?.nanos, 100_000_000);
    assert.ok((stream?.request.maxEvents ?? 0) > 0);
  });

  it("begins a new stream when the broker ends one, or falls silent", async () => {
    let cancelled: Promise<unknown> | undefined;
    serve = (stream, nth) => {
      stream.write(message);
      if (nth === 1) stream.end();
      // The second one says nothing more.
      if (nth === 2) cancelled = once(stream, "cancelled");
    };
    const heard = await heardUntil((all) => all.length === 5);
    assert.deepEqual(heard, ["first", "lost", "first", "lost", "first"]);
    await cancelled;
  });

  it("does not begin again when the broker refuses", async () => {
    serve = (stream, nth) => {
      if (nth === 1) {
        stream.write(message);
        stream.end();
      } else {
        stream.emit("error", { code: status.PERMISSION_DENIED, details: "no" });
      }
    };
    const refused = heardUntil(() => false);
    await assert.rejects(refused, (error) => {
      assert.ok(error instanceof CliFailure);
      return error.code === "PERMISSION_DENIED";
    });
  });
});
