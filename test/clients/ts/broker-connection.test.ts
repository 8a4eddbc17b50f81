import assert from "node:assert/strict";
import { BrokerConnection } from "#client/broker-connection.js";
import { type BrokerLocation, locateBroker } from "#client/discovery/locate-broker.js";
import type { DiscoveryAnswer } from "#client/discovery/discovery-file.js";

type Source = BrokerLocation["source"];

describe("BrokerConnection", () => {
  let found: BrokerLocation;
  let looks = 0;
  let logged: string[] = [];
  let connection: BrokerConnection | null = null;

  function at(address: string, source: Source, leftAside: readonly string[] = []): void {
    const file = source === "discovery-file" ? "/run/broker.json" : null;
    found = { address, source, file, leftAside };
  }

  function open(access: { readonly token?: string } = {}): BrokerConnection {
    looks = 0;
    logged = [];
    connection = new BrokerConnection(
      {
        ...access,
        channelOptions: {},
        log: (level, message) => void logged.push(`${level}: ${message}`),
      },
      () => {
        looks += 1;
        return found;
      },
    );
    return connection;
  }

  /** `told`: the address in each discovery file that there is. */
  function openAmong(told: ReadonlyMap<string, string>): BrokerConnection {
    const read = (path: string): DiscoveryAnswer => {
      const address = told.get(path);
      if (address === undefined) return { state: "absent" };
      return { state: "found", place: { addresses: [address], tls: false } };
    };
    const world = { environment: {}, places: ["/user", "/host"], read };
    const options = { channelOptions: {}, log: () => undefined };
    connection = new BrokerConnection(options, (file) => locateBroker({ file }, world));
    return connection;
  }

  afterEach(() => connection?.close());

  it("follows a broker that comes back elsewhere", () => {
    at("127.0.0.1:1", "discovery-file");
    const broker = open();
    const before = broker.link;
    assert.equal(broker.reach(), before);
    at("127.0.0.1:2", "discovery-file");
    const after = broker.reach();
    assert.equal(after.address, "127.0.0.1:2");
    assert.notEqual(after.rpc, before.rpc);
    assert.deepEqual(logged, ["info: the broker is at another address now"]);
  });

  it("waits for its own broker while that restarts, and never takes another one's word for its leases", () => {
    const told = new Map([
      ["/user", "127.0.0.1:1"],
      ["/host", "127.0.0.1:2"],
    ]);
    const broker = openAmong(told);
    told.delete("/user");
    assert.equal(broker.reach().address, "127.0.0.1:1");
    told.set("/user", "127.0.0.1:3");
    assert.equal(broker.reach().address, "127.0.0.1:3");
  });

  it("goes on with the broker of the host when its user starts one besides", () => {
    const told = new Map([["/host", "127.0.0.1:2"]]);
    const broker = openAmong(told);
    told.set("/user", "127.0.0.1:1");
    assert.equal(broker.reach().address, "127.0.0.1:2");
  });

  it("finds a broker that was not there when the client was made (semantics 30)", () => {
    at("127.0.0.1:7600", "default");
    const broker = open();
    at("unix:/run/b.sock", "discovery-file");
    assert.equal(broker.reach().address, "unix:/run/b.sock");
  });

  it("stays where the broker was while no file says otherwise: anybody may have the usual port", () => {
    at("127.0.0.1:1", "discovery-file");
    const broker = open();
    at("127.0.0.1:7600", "default", ["/run/broker.json is stale"]);
    assert.equal(broker.reach().address, "127.0.0.1:1");
    assert.equal(broker.reach().address, "127.0.0.1:1");
    assert.deepEqual(logged, ["warn: a discovery file is left aside"]);
  });

  for (const source of ["option", "environment"] as const) {
    it(`looks once when the ${source} says where the broker is`, () => {
      at("127.0.0.1:1", source);
      const broker = open();
      at("127.0.0.1:2", "discovery-file");
      assert.equal(broker.reach().address, "127.0.0.1:1");
      assert.equal(looks, 1);
    });
  }

  it("stays where it is when the new address cannot be used", () => {
    at("127.0.0.1:1", "discovery-file");
    const broker = open({ token: "secret-of-this-test" });
    at("192.0.2.1:1", "discovery-file");
    assert.equal(broker.reach().address, "127.0.0.1:1");
    assert.deepEqual(logged, ["warn: the broker's new address cannot be used"]);
  });

  it("opens nothing more once it is closed", () => {
    at("127.0.0.1:1", "discovery-file");
    const broker = open();
    broker.close();
    at("127.0.0.1:2", "discovery-file");
    assert.equal(broker.reach().address, "127.0.0.1:1");
  });
});
