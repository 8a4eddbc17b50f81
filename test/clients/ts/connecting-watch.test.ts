// When a channel is given up that gets no connection, and what becomes of the calls that wait for it.

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { connectivityState, type ServiceError, status } from "@grpc/grpc-js";
import { BrokerConnection } from "#client/broker-connection.js";
import { connectMsMax, watchConnecting } from "#client/connecting-watch.js";
import { ManualTimers } from "../../support/manual-timers.js";

const { CONNECTING, IDLE, READY, SHUTDOWN, TRANSIENT_FAILURE } = connectivityState;

class FakeChannel {
  state = IDLE;
  #watchers: (() => void)[] = [];

  getConnectivityState(): connectivityState {
    return this.state;
  }

  watchConnectivityState(_from: connectivityState, _deadline: unknown, changed: () => void): void {
    this.#watchers.push(changed);
  }

  turn(state: connectivityState): void {
    this.state = state;
    for (const changed of this.#watchers.splice(0)) changed();
  }
}

describe("watchConnecting", () => {
  let channel: FakeChannel;
  let timers: ManualTimers;
  let stuck: number;

  beforeEach(() => {
    channel = new FakeChannel();
    timers = new ManualTimers();
    stuck = 0;
    watchConnecting(channel, timers, () => (stuck += 1));
  });

  it("tells of a channel that wants a connection for too long, though it fails meanwhile", () => {
    assert.deepEqual(timers.waiting, []);
    channel.turn(CONNECTING);
    channel.turn(TRANSIENT_FAILURE);
    assert.deepEqual(timers.waiting, [connectMsMax]);
    timers.run(connectMsMax);
    assert.equal(stuck, 1);
  });

  for (const state of [READY, IDLE, SHUTDOWN]) {
    it(`does not mind one that is ${connectivityState[state]} again`, () => {
      channel.turn(CONNECTING);
      channel.turn(state);
      assert.deepEqual(timers.waiting, []);
    });
  }

  it("gives each outage its own time", () => {
    channel.turn(CONNECTING);
    channel.turn(READY);
    channel.turn(CONNECTING);
    assert.equal(timers.run(connectMsMax), 1);
    assert.equal(stuck, 1);
  });
});

describe("A broker that takes connections and does not speak", () => {
  let server: Server;
  const sockets = new Set<Socket>();

  beforeEach(async () => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.resume();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    server.close();
    await once(server, "close");
  });

  it("is asked again over another connection, and the call that waited fails so that it is tried again", async () => {
    const timers = new ManualTimers();
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const logged: string[] = [];
    const log = (level: string, message: string): void => void logged.push(`${level}: ${message}`);
    const options = { address, channelOptions: {}, log };
    const broker = new BrokerConnection({ ...options, timers });
    // gRPC shares connections within a process: this one goes on to wait for the first.
    const beside = new BrokerConnection({ ...options, timers: new ManualTimers() });
    const [taken, waitsBeside] = [once(server, "connection"), failureOn(beside)];
    const failed = failureOn(broker);
    await taken;
    assert.equal(timers.run(connectMsMax), 1);
    assert.equal((await failed).code, status.UNAVAILABLE);
    const takenAgain = once(server, "connection");
    const failedAgain = failureOn(broker);
    await takenAgain;
    for (const each of [broker, beside]) each.close();
    for (const error of [await failedAgain, await waitsBeside]) {
      assert.equal(error.code, status.UNAVAILABLE);
    }
    assert.deepEqual(logged, [
      `info: there was no connection within ${connectMsMax} ms; beginning anew`,
    ]);
    assert.deepEqual(timers.waiting, []);
  });
});

/** Resolves with how a call fails that begins now. */
function failureOn(broker: BrokerConnection): Promise<ServiceError> {
  return new Promise((resolve) => {
    broker.reach().rpc.getLease({ leaseId: "any" }, (error) => error !== null && resolve(error));
  });
}
