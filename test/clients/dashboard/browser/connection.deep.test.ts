// A broker that goes away and comes back under an open page: the page says so at once, keeps what it knew, and mends itself.

import { BrokerLab } from "../../../support/broker-lab.js";
import { BrokerPage } from "./support/broker-page.js";
import { dashboardUrl } from "./support/dashboard-url.js";
import { SuiteBrowser } from "./support/suite-browser.js";

const noConnection = /net::ERR_|Failed to load resource/;

describe("the dashboard and a broker that goes away", function () {
  this.timeout(120_000);
  let lab: BrokerLab;
  const browser = SuiteBrowser.forSuite();

  before(async () => {
    lab = await BrokerLab.open();
  });

  after(() => lab.close());

  it("says that the connection is lost and how old it is, and is up to date again when the broker is back", async () => {
    browser.expect(noConnection);
    const httpPort = await lab.takePorts(1);
    const flags = ["--http-listen", `127.0.0.1:${httpPort}`];
    const broker = await lab.start({ poolSize: 16, flags });
    const before = await lab.caller(broker).acquire({ holder: { service: "orders" } });
    const opened = await browser.open(dashboardUrl(broker));
    const shown = new BrokerPage(opened.page);
    await shown.poolNumber("Leased", "1").waitFor();

    await broker.kill("SIGKILL");
    await opened.page.getByText("Connection lost.").waitFor();
    await opened.page.getByText(/What is shown is \d+ s old/).waitFor();
    await opened.page.getByText(/Next attempt (in \d+ s|now)/).waitFor();
    await shown.verdict("Unknown").waitFor();
    // What was known stays to be read.
    await shown.poolNumber("Leased", "1").waitFor();

    const again = await lab.restart(broker);
    await opened.page.getByText("Connection lost.").waitFor({ state: "detached" });
    await shown.verdict("All well").waitFor();
    await lab.caller(again).acquire({ holder: { service: "carts" } });
    await shown.poolNumber("Leased", "2").waitFor();
    await opened.page.getByText(String(before.port)).first().waitFor();
  });
});
