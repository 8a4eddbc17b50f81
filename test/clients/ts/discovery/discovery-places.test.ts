import assert from "node:assert/strict";
import { discoveryPlaces, type PlacesWorld } from "#client/discovery/discovery-places.js";
import { defaultDiscoveryFile } from "#server/config/default-directories.js";
import { thisWorld } from "#server/config/config-world.js";

describe("discoveryPlaces()", () => {
  const worlds: readonly (readonly [string, PlacesWorld])[] = [
    ["a user", { platform: "linux", environment: { XDG_RUNTIME_DIR: "/run/user/7" }, userId: 7 }],
    ["a user without a session", { platform: "linux", environment: {}, userId: 7 }],
    [
      "a user with a broken session",
      { platform: "linux", environment: { XDG_RUNTIME_DIR: "x" }, userId: 7 },
    ],
    ["root", { platform: "linux", environment: { XDG_RUNTIME_DIR: "/run/user/7" }, userId: 0 }],
    [
      "a Windows user",
      { platform: "win32", environment: { ProgramData: "D:\\Data" }, userId: null },
    ],
    ["a bare Windows", { platform: "win32", environment: {}, userId: null }],
  ];
  for (const [who, world] of worlds) {
    it(`begins where a broker of ${who} writes`, () => {
      const { platform, environment, userId } = world;
      const root = userId === 0;
      const written = defaultDiscoveryFile({ ...thisWorld(), platform, environment, root });
      assert.equal(discoveryPlaces(world)[0], written ?? "/run/portlease/broker.json");
    });
  }

  it("ends with the broker of the host, whoever asks", () => {
    const environment = { XDG_RUNTIME_DIR: "/run/user/7" };
    assert.deepEqual(discoveryPlaces({ platform: "linux", environment, userId: 7 }), [
      "/run/user/7/portlease/broker.json",
      "/run/portlease/broker.json",
    ]);
  });

  it("is the one place that the environment names, or none", () => {
    const told = (path: string): readonly string[] => {
      const environment = { PORTLEASE_DISCOVERY_FILE: path, XDG_RUNTIME_DIR: "/run/user/7" };
      return discoveryPlaces({ platform: "linux", environment, userId: 7 });
    };
    assert.deepEqual(told("/srv/broker.json"), ["/srv/broker.json"]);
    assert.deepEqual(told("none"), []);
    assert.equal(told("").length, 2);
  });
});
