// A fleet server that goes away and comes back under an open page, and one that asks who reads.

import { Gate } from "#server/access/gate.js";
import { rolesOf } from "#server/access/caller.js";
import { Identities } from "#server/access/identities.js";
import { systemClock } from "#server/system-clock.js";
import { noteSecret } from "../../../support/test-output.js";
import { assertAccessible } from "../browser/support/page-checks.js";
import { SuiteFleet } from "./support/suite-fleet.js";

const hosts = { hostCount: 40, leasesPerHost: 10 };
const noConnection = /net::ERR_|Failed to load resource/;

describe("the dashboard and a fleet server that goes away", function () {
  this.timeout(120_000);
  const suite = SuiteFleet.forSuite({ hosts });

  it("says that the connection is lost, keeps what it knew, and is right again when the server is back", async () => {
    suite.browser.expect(noConnection);
    const shown = await suite.open();
    await shown.number("Heard from", "40 of 40").waitFor();
    await suite.stopServer();
    await shown.page.getByText("Connection lost.").waitFor();
    await shown.page.getByText(/What is shown is \d+ s old/).waitFor();
    await shown.heading("Unknown").waitFor();
    await shown.number("Heard from", "40 of 40").waitFor();

    await suite.startServer();
    await shown.page.getByText("Connection lost.").waitFor({ state: "detached" });
    const [gone] = suite.hosts.hosts;
    if (gone !== undefined) suite.sink.removeHost(gone.hostId);
    await shown.number("Heard from", "39 of 39").waitFor();
  });
});

describe("the dashboard of a fleet server that wants a token from everybody", function () {
  this.timeout(120_000);
  const token = "a-viewer-token-of-this-test-only";
  noteSecret(token);
  const viewer = { name: "viewer", roles: rolesOf("viewer") };
  const gate = new Gate({
    tokens: { callerOf: (given) => (given === token ? viewer : null) },
    identities: new Identities([]),
    requireToken: true,
    callsPerSecond: 1_000,
    clock: systemClock,
    server: "fleet server",
  });
  const suite = SuiteFleet.forSuite({ hosts, server: { gate } });

  it("asks for one, refuses a wrong one, and shows the fleet with the right one", async () => {
    suite.browser.expect(/the server responded with a status of 40[13]/);
    const shown = await suite.open("#/hosts");
    await shown.heading("This fleet server asks who you are").waitFor();
    await assertAccessible(shown.page, "signing in");
    await shown.page.getByLabel("Token").fill("no-such-token-at-all");
    await shown.page.getByRole("button", { name: "Continue" }).click();
    await shown.page.getByRole("alert").waitFor();
    await shown.page.getByLabel("Token").fill(token);
    await shown.page.getByRole("button", { name: "Continue" }).click();
    await shown.pager("1-40 of 40").waitFor();
    await shown.page.reload();
    await shown.pager("1-40 of 40").waitFor();
  });
});
