import assert from "node:assert/strict";
import type { BrokerPlace, DiscoveryAnswer } from "#client/discovery/discovery-file.js";
import {
  defaultAddress,
  locateBroker,
  type LocateOptions,
} from "#client/discovery/locate-broker.js";

const stale: DiscoveryAnswer = { state: "unusable", why: "is stale" };
const place: BrokerPlace = { addresses: ["127.0.0.1:5", "unix:/b.sock"], tls: false };
const found = (given: Partial<BrokerPlace> = {}): DiscoveryAnswer => ({
  state: "found",
  place: { ...place, ...given },
});

describe("locateBroker()", () => {
  function locate(
    files: Readonly<Record<string, DiscoveryAnswer>>,
    options: LocateOptions = {},
    address?: string,
  ) {
    const environment = { PORTLEASE_ADDRESS: address };
    const read = (path: string): DiscoveryAnswer => files[path] ?? { state: "absent" };
    return locateBroker(options, { environment, places: ["/user", "/host"], read });
  }

  it("believes the option first, then the environment, then the files, then what is usual", () => {
    const files = { "/host": found() };
    const sources = [
      locate(files, { address: "a:1" }, "b:2"),
      locate(files, {}, "b:2"),
      locate(files, {}, ""),
      locate({}),
    ].map(({ address, source }) => [address, source]);
    assert.deepEqual(sources, [
      ["a:1", "option"],
      ["b:2", "environment"],
      ["127.0.0.1:5", "discovery-file"],
      [defaultAddress, "default"],
    ]);
  });

  it("takes the first file that counts, and says which did not", () => {
    const { address, leftAside } = locate({ "/user": stale, "/host": found() });
    assert.equal(address, "127.0.0.1:5");
    assert.deepEqual(leftAside, ["/user is stale"]);
    const user = found({ addresses: ["127.0.0.1:6"] });
    assert.equal(locate({ "/user": user, "/host": found() }).address, "127.0.0.1:6");
    assert.deepEqual(locate({ "/user": stale, "/host": stale }).leftAside.length, 2);
  });

  it("goes to the local socket of a broker that wants TLS from a client that has none", () => {
    const secured = { "/user": found({ tls: true }) };
    assert.equal(locate(secured).address, "unix:/b.sock");
    assert.equal(locate(secured, { secured: true }).address, "127.0.0.1:5");
    const tcpOnly = { "/user": found({ tls: true, addresses: ["127.0.0.1:5"] }) };
    assert.equal(locate(tcpOnly).address, "127.0.0.1:5");
    assert.equal(locate({ "/user": found({ tls: null }) }).address, "127.0.0.1:5");
  });
});
