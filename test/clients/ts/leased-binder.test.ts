// Which way a leased port is bound, in which order, and what happens when a way does not lead through.

import assert from "node:assert/strict";
import { NativeError } from "@portlease/native";
import { BindMethod, Protocol } from "@portlease/proto/portlease/v1/common.js";
import { TransferSocketRequest_AddressFamily as AddressFamily } from "@portlease/proto/portlease/v1/lease_service.js";
import { PortleaseError } from "@portlease/client";
import { accessDenied, BindingLab, reservationGone } from "./support/binding-lab.js";

const handedOver = ["transfer", "check", "open", "confirm transfer-1 key-1"];

describe("LeasedBinder", () => {
  describe("with a reservation of the broker that tokens open", () => {
    let lab: BindingLab;
    beforeEach(async () => {
      lab = await BindingLab.open("persistent");
    });

    it("associates the socket with the token, between two looks at the lease", async () => {
      const { token } = lab.block.reservationOf(lab.port);
      const socket = await lab.bind();
      assert.equal(socket.port, lab.port);
      assert.deepEqual(lab.done, ["check", "bind associate", "check"]);
      const [request] = lab.binds;
      assert.deepEqual([request?.token, request?.tokenPortCount], [token, 4]);
    });

    it("asks the broker for the socket when this process may not, and from then on at once", async () => {
      lab.onBind = () => {
        throw accessDenied();
      };
      (await lab.bind()).close();
      assert.deepEqual(lab.done, ["check", "bind associate", ...handedOver, "check"]);
      lab.done.splice(0);
      await lab.bind("auto", { port: lab.port + 1 });
      assert.deepEqual(lab.done.slice(0, 2), ["check", "transfer"]);
    });

    it("asks for the token of a port that was not covered and is again, and takes it for no lack of rights", async () => {
      const covered = lab.reservationNow();
      lab.reservations = [{ ...covered, token: 0n }];
      lab.onRenew = () => {
        lab.reservations = [covered];
      };
      await lab.bind();
      const second = ["check", "bind associate", "check"];
      assert.deepEqual(lab.done, ["check", "bind associate", "renew", ...second]);
      assert.equal(lab.transfers.length, 0);
    });

    it("gives up on a port that was not covered and is somebody else's", async () => {
      lab.reservations = [{ ...lab.reservationNow(), token: 0n }];
      lab.onBind = () => {
        throw new NativeError("PORT_TAKEN", "WSAEADDRINUSE");
      };
      await assert.rejects(lab.bind(), { code: "PORT_TAKEN" });
      assert.deepEqual(lab.done, ["check", "bind associate", "renew"]);
    });

    it("does not renew for a covered port that is somebody else's", async () => {
      lab.onBind = () => {
        throw new NativeError("PORT_TAKEN", "WSAEADDRINUSE");
      };
      await assert.rejects(lab.bind(), { code: "PORT_TAKEN" });
      assert.deepEqual(lab.done, ["check", "bind associate"]);
    });

    it("binds a port that is not covered by itself, also when it may not associate", async () => {
      lab.onBind = ({ token }) => {
        if (token !== 0n) throw accessDenied();
      };
      (await lab.bind()).close();
      lab.reservations = [{ ...lab.reservationNow(), token: 0n }];
      lab.done.splice(0);
      // This host does cover it, and refuses.
      await assert.rejects(lab.bind(), { code: "ACCESS_DENIED" });
      assert.deepEqual(lab.done, ["check", "bind associate", "renew"]);
    });

    it("goes no other way than the one insisted on", async () => {
      lab.onBind = () => {
        throw accessDenied();
      };
      await assert.rejects(lab.bind("associate"), { code: "ACCESS_DENIED" });
      await assert.rejects(lab.bind("plain"), { code: "ACCESS_DENIED" });
      assert.deepEqual(
        lab.binds.map(({ bindMethod, token }) => [bindMethod, token === 0n]),
        [
          ["associate", false],
          ["plain", true],
        ],
      );
      await lab.bind("handoff");
      assert.equal(lab.binds.length, 2);
      assert.equal(lab.transfers.length, 1);
    });

    it("renews a token that has gone stale once, and binds with the new one", async () => {
      const fresh = lab.reservationNow();
      lab.reservations = [{ ...fresh, token: 99n }];
      lab.onBind = ({ token }) => {
        if (token === 99n) throw reservationGone();
      };
      lab.onRenew = () => {
        lab.reservations = [fresh];
      };
      await lab.bind();
      const second = ["check", "bind associate", "check"];
      assert.deepEqual(lab.done, ["check", "bind associate", "renew", ...second]);
      assert.equal(lab.binds[1]?.token, fresh.token);
    });

    for (const code of ["OS_ERROR", "UNSUPPORTED", "RESOURCES"] as const) {
      it(`asks for the token of today after any refused association, as after ${code}`, async () => {
        const fresh = lab.reservationNow();
        lab.reservations = [{ ...fresh, token: 99n }];
        lab.onBind = ({ token }) => {
          const fields = { api: "SIO_ASSOCIATE_PORT_RESERVATION" };
          if (token === 99n) throw new NativeError(code, "refused", fields);
        };
        lab.onRenew = () => {
          lab.reservations = [fresh];
        };
        await lab.bind();
        assert.deepEqual(lab.done.slice(2, 4), ["renew", "check"]);
      });
    }

    it("asks for the token of today too before it gives up an association that was insisted on", async () => {
      const fresh = lab.reservationNow();
      lab.reservations = [{ ...fresh, token: 99n }];
      lab.onBind = ({ token }) => {
        if (token === 99n) throw accessDenied();
      };
      lab.onRenew = () => {
        lab.reservations = [fresh];
      };
      await lab.bind("associate");
      assert.equal(lab.transfers.length, 0);
    });

    it("gives up when the token is stale again, and does not try the same one twice", async () => {
      lab.onBind = () => {
        throw reservationGone();
      };
      await assert.rejects(lab.bind(), { code: "RESERVATION_GONE" });
      assert.deepEqual(lab.done, ["check", "bind associate", "renew"]);
      lab.onRenew = () => {
        lab.reservations = [{ ...lab.reservationNow(), token: 77n }];
      };
      await assert.rejects(lab.bind(), { code: "RESERVATION_GONE" });
      assert.equal(lab.done.filter((step) => step === "renew").length, 2);
      assert.equal(lab.binds.length, 3);
    });

    it("takes the way that the renewed reservation asks for", async () => {
      lab.onBind = () => {
        throw reservationGone();
      };
      lab.onRenew = () => {
        const bindMethod = BindMethod.BIND_METHOD_HANDOFF;
        lab.reservations = [{ ...lab.reservationNow(), bindMethod }];
      };
      await lab.bind();
      assert.equal(lab.transfers.length, 1);
    });

    it("binds nothing when the lease is not held", async () => {
      lab.onCheck = () => assert.fail("lost");
      await assert.rejects(lab.bind(), /lost/);
      assert.deepEqual(lab.done, ["check"]);
    });

    it("frees the port when the lease was lost while it was bound", async () => {
      lab.onCheck = () => {
        if (lab.binds.length > 0) assert.fail("lost");
      };
      await assert.rejects(lab.bind(), /lost/);
      assert.equal(await lab.holderCount(), 0);
    });
  });

  describe("by handoff", () => {
    let lab: BindingLab;
    beforeEach(async () => {
      lab = await BindingLab.open("runtime");
    });

    it("opens the broker's socket in this process and confirms it", async () => {
      const socket = await lab.bind();
      assert.equal(socket.port, lab.port);
      assert.deepEqual(lab.done, ["check", ...handedOver, "check"]);
      assert.deepEqual(lab.transfers, [
        {
          leaseId: "lease-1",
          holderKey: "key-1",
          processId: 5_151,
          address: "::",
          port: lab.port,
          addressFamily: AddressFamily.ADDRESS_FAMILY_DUAL_STACK,
          protocol: Protocol.PROTOCOL_TCP,
        },
      ]);
      assert.equal(await lab.holderCount(), 1);
      socket.close();
      assert.equal(await lab.holderCount(), 0);
    });

    it("names the family of the address", async () => {
      (await lab.bind("auto", { addresses: ["127.0.0.1"] })).close();
      (await lab.bind("auto", { addresses: ["::1"], ipv6Only: true, port: lab.port + 1 })).close();
      assert.deepEqual(
        lab.transfers.map(({ address, addressFamily }) => [address, addressFamily]),
        [
          ["127.0.0.1", AddressFamily.ADDRESS_FAMILY_IPV4],
          ["::1", AddressFamily.ADDRESS_FAMILY_IPV6],
        ],
      );
    });

    it("asks again when the broker had gone before the socket was opened", async () => {
      let opens = 0;
      lab.onOpen = () => {
        opens += 1;
        if (opens === 1) throw new NativeError("OS_ERROR", "WSAEINVAL");
      };
      await lab.bind();
      assert.deepEqual(lab.done, ["check", "transfer", "check", "open", ...handedOver, "check"]);
    });

    it("asks three times at most", async () => {
      lab.onOpen = () => {
        throw new NativeError("OS_ERROR", "WSAEINVAL");
      };
      await assert.rejects(lab.bind(), { code: "OS_ERROR" });
      assert.equal(lab.transfers.length, 3);
    });

    it("does not ask again where sockets are never handed over", async () => {
      lab.onOpen = () => {
        throw new NativeError("UNSUPPORTED", "Sockets are handed over on Windows only.");
      };
      await assert.rejects(lab.bind(), { code: "UNSUPPORTED" });
      assert.equal(lab.transfers.length, 1);
      assert.ok(!lab.done.includes("renew"));
    });

    it("takes a confirmation that fails for no failure: the broker's timer does the rest", async () => {
      lab.onConfirm = () => assert.fail("no broker");
      const socket = await lab.bind();
      assert.equal(socket.port, lab.port);
      assert.match(lab.logged.join(), /^debug a handed-over socket could not be confirmed/);
    });

    it("does not open a socket for a lease that was lost meanwhile", async () => {
      lab.onCheck = () => {
        if (lab.transfers.length > 0) assert.fail("lost");
      };
      await assert.rejects(lab.bind(), /lost/);
      assert.ok(!lab.done.includes("open"));
    });

    it("closes the socket when the lease was lost during the confirmation", async () => {
      let lost = false;
      lab.onConfirm = () => {
        lost = true;
      };
      lab.onCheck = () => {
        if (lost) assert.fail("lost");
      };
      await assert.rejects(lab.bind(), /lost/);
      assert.equal(await lab.holderCount(), 0);
    });

    it("goes on to IPv4 when the broker's host has no IPv6", async () => {
      lab.onTransfer = () => {
        if (lab.transfers.length > 1) return;
        const metadata = { error_name: "WSAEAFNOSUPPORT" };
        throw new PortleaseError("FAILED_PRECONDITION", "no IPv6", { metadata });
      };
      await lab.bind("auto", { addresses: ["::", "0.0.0.0"] });
      assert.deepEqual(
        lab.transfers.map(({ address }) => address),
        ["::", "0.0.0.0"],
      );
    });

    it("does not go on to another address after any other failure", async () => {
      lab.onTransfer = () => {
        throw new PortleaseError("FAILED_PRECONDITION", "taken", { reason: "PORT_TAKEN" });
      };
      await assert.rejects(lab.bind("auto", { addresses: ["::", "0.0.0.0"] }), {
        reason: "PORT_TAKEN",
      });
      assert.equal(lab.transfers.length, 1);
    });
  });

  for (const [kind, bindMethod] of [
    ["administered", "plain"],
    ["held", "share-port"],
  ] as const) {
    it(`binds ${kind} ports by their number`, async () => {
      const lab = await BindingLab.open(kind);
      (await lab.bind()).close();
      assert.deepEqual(lab.done, ["check", `bind ${bindMethod}`, "check"]);
      assert.equal(lab.binds[0]?.token, 0n);
    });
  }

  it("binds a port without a reservation plainly, and never with the one of the other protocol", async () => {
    const lab = await BindingLab.open("administered");
    lab.reservations = lab.reservations.map((reservation) => ({
      ...reservation,
      protocol: Protocol.PROTOCOL_UDP,
      bindMethod: BindMethod.BIND_METHOD_HANDOFF,
    }));
    (await lab.bind()).close();
    assert.equal(lab.binds[0]?.bindMethod, "plain");
  });
});
