import assert from "node:assert/strict";
import { forgetHost } from "#fleet/api/forget-host.js";
import { FleetSourceError, type FleetSourceErrorCode } from "#fleet/sources/fleet-source.js";
import { toRpcStatus } from "#server/grpc/rich-error.js";

const request = { hostId: "web-1", allowMissing: false };
const failing = (code: FleetSourceErrorCode) => ({
  forgetHost: () => Promise.reject(new FleetSourceError(code, `${code}, and why`)),
});

describe("ForgetHost", () => {
  it("says how many leases went with the host", async () => {
    const asked: string[] = [];
    const source = {
      forgetHost: (hostId: string) => {
        asked.push(hostId);
        return Promise.resolve({ forgottenLeases: 7 });
      },
    };
    assert.deepEqual(await forgetHost(source, request), { forgottenLeases: 7 });
    assert.deepEqual(asked, ["web-1"]);
  });

  for (const [code, expected] of [
    ["HOST_NOT_FOUND", "host_not_found"],
    ["HOST_IS_HEARD_FROM", "host_is_heard_from"],
    ["HOSTS_ARE_GIVEN", "hosts_are_given"],
    ["ETCD_UNAVAILABLE", "etcd_unavailable"],
    ["CLOSED", "stopping"],
  ] as const) {
    it(`answers ${expected} in the source's words`, async () => {
      await assert.rejects(forgetHost(failing(code), request), {
        code: expected,
        message: `${code}, and why`,
      });
    });
  }

  it("says when a retry may help", async () => {
    const refused = await forgetHost(failing("ETCD_UNAVAILABLE"), request).catch(toRpcStatus);
    assert.ok("details" in refused);
    assert.ok(refused.details.some(({ typeUrl }) => typeUrl.endsWith("RetryInfo")));
  });

  it("is content with no such host where that is allowed, and with nothing else", async () => {
    const allowed = { hostId: "web-1", allowMissing: true };
    assert.deepEqual(await forgetHost(failing("HOST_NOT_FOUND"), allowed), { forgottenLeases: 0 });
    await assert.rejects(forgetHost(failing("HOST_IS_HEARD_FROM"), allowed), {
      code: "host_is_heard_from",
    });
  });

  it("does not repeat what could be a secret in the place of a host's id", async () => {
    const secret = "0123456789abcdef0123456789abcdef";
    const source = {
      forgetHost: () =>
        Promise.reject(new FleetSourceError("HOST_NOT_FOUND", `no host ${secret} is known`)),
    };
    const asked = { ...request, hostId: secret };
    const refused = await forgetHost(source, asked).catch(toRpcStatus);
    assert.ok("details" in refused);
    // They are encoded, and their texts stand in them as they are.
    const details = refused.details.map(({ value }) => Buffer.from(value).toString("latin1"));
    const said = [refused.message, ...details].join(" ");
    assert.match(said, /no host \[32 characters\] is known/);
    assert.ok(!said.includes(secret));
  });

  it("wants a name", async () => {
    await assert.rejects(forgetHost(failing("CLOSED"), { ...request, hostId: "" }), {
      code: "field_invalid",
    });
  });
});
