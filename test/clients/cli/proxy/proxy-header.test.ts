// The PROXY protocol as the proxy writes it, byte for byte as the specification has it, and on a real connection.

import assert from "node:assert/strict";
import { proxyHeader, type ProxyProtocol } from "#cli/run/proxy/proxy-header.js";
import { heard, ProxyLab } from "./support/proxy-lab.js";

const signature = "0d0a0d0a000d0a515549540a";
const over4 = {
  peerAddress: "192.0.2.1",
  peerPort: 56_324,
  ownAddress: "198.51.100.7",
  ownPort: 443,
};
const over6 = {
  peerAddress: "2001:db8::8:800:200c:417a",
  peerPort: 1_024,
  ownAddress: "::1",
  ownPort: 20_001,
};

describe("the PROXY protocol of portlease run --proxy", () => {
  it("writes version 1 as a line", () => {
    assert.equal(
      proxyHeader("v1", over4).toString(),
      "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n",
    );
    assert.equal(
      proxyHeader("v1", over6).toString(),
      "PROXY TCP6 2001:db8::8:800:200c:417a ::1 1024 20001\r\n",
    );
  });

  it("writes version 2 in binary", () => {
    const four = `${signature}2111000cc0000201c6336407dc0401bb`;
    assert.equal(proxyHeader("v2", over4).toString("hex"), four);
    const peer = "20010db80000000000080800200c417a";
    const own = "00000000000000000000000000000001";
    const six = `${signature}21210024${peer}${own}04004e21`;
    assert.equal(proxyHeader("v2", over6).toString("hex"), six);
  });

  it("tells IPv4 peers of a socket for both families as IPv4", () => {
    const mapped = { ...over4, peerAddress: "::ffff:192.0.2.1", ownAddress: "::FFFF:198.51.100.7" };
    for (const protocol of ["v1", "v2"] as const) {
      assert.deepEqual(proxyHeader(protocol, mapped), proxyHeader(protocol, over4));
    }
  });

  it("leaves out the zone of a link-local address, and tells mixed families as IPv6", () => {
    const local = { ...over6, peerAddress: "fe80::1%eth0" };
    assert.match(proxyHeader("v1", local).toString(), /^PROXY TCP6 fe80::1 ::1 /);
    const mixed = { ...over6, peerAddress: "192.0.2.1" };
    assert.match(proxyHeader("v1", mixed).toString(), /^PROXY TCP6 ::ffff:192.0.2.1 ::1 /);
    assert.equal(
      proxyHeader("v2", mixed).subarray(16, 32).toString("hex"),
      "00000000000000000000ffffc0000201",
    );
  });

  for (const protocol of [null, "v1", "v2"] as const satisfies (ProxyProtocol | null)[]) {
    it(`begins a connection with ${protocol ?? "nothing, unless asked to"}`, async () => {
      const lab = new ProxyLab();
      const { address, accepted } = await lab.patientChild();
      const { port } = await lab.forwarder(address, {
        proxyProtocol: protocol,
      });
      const peer = await lab.peer(port);
      const ends = {
        peerAddress: "127.0.0.1",
        peerPort: peer.localPort ?? 0,
        ownAddress: "127.0.0.1",
        ownPort: port,
      };
      peer.end("payload");
      const child = await accepted;
      const header = protocol === null ? Buffer.alloc(0) : proxyHeader(protocol, ends);
      assert.deepEqual(await heard(child), Buffer.concat([header, Buffer.from("payload")]));
      await lab.dispose();
    });
  }
});
