// No socket stays open when a call on it fails: on every platform, with Winsock played as far as it is called.

import assert from "node:assert/strict";
import { NativeError } from "@portlease/native";
import { bindPort } from "#native/win32/bind-port.js";
import type { Win32 } from "#native/win32/bindings.js";
import { Win32LesseeSockets } from "#native/win32/lessee-sockets.js";
import { PortSockets } from "#native/win32/port-sockets.js";

const socketError = -1;

/** Every call succeeds but `failing` ones, which answer WSAEINVAL. Counts the sockets that are open. */
class PlayedWinsock {
  openCount = 0;
  readonly failing: ReadonlySet<string>;

  constructor(...failing: readonly string[]) {
    this.failing = new Set(failing);
  }

  sockets(): PortSockets {
    const results: Record<string, () => number> = {
      WSASocketW: () => {
        this.openCount += 1;
        return 100 + this.openCount;
      },
      closesocket: () => {
        this.openCount -= 1;
        return 0;
      },
      WSAGetLastError: () => 10_022,
    };
    const call = (name: string) => (): number =>
      this.failing.has(name) ? socketError : (results[name]?.() ?? 0);
    const win32 = new Proxy({}, { get: (_target, name) => call(String(name)) });
    return new PortSockets(win32 as Win32);
  }
}

const request = {
  protocol: "tcp",
  ip: { family: "ipv6", bytes: new Uint8Array(16) },
  port: 20_000,
  ipv6Only: false,
  token: 7n,
  tokenPortCount: 1,
} as const;

describe("a socket on Windows", () => {
  for (const failing of ["setsockopt", "WSAIoctl", "bind"]) {
    it(`is closed when ${failing} fails before it is bound`, () => {
      const winsock = new PlayedWinsock(failing);
      try {
        assert.equal(bindPort(winsock.sockets(), request).socket, null);
      } catch (error) {
        assert.ok(error instanceof NativeError);
      }
      assert.equal(winsock.openCount, 0);
    });
  }

  it("is closed when its port cannot be told, or is another one", () => {
    for (const winsock of [new PlayedWinsock("getsockname"), new PlayedWinsock()]) {
      const lessee = new Win32LesseeSockets(winsock.sockets());
      const protocolInfo = new Uint8Array(628);
      const open = () => lessee.openTransferred({ protocol: "tcp", port: 20_000, protocolInfo });
      assert.throws(open, NativeError);
      assert.equal(winsock.openCount, 0);
    }
  });
});
