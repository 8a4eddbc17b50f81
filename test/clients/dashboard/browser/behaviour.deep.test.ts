// The dashboard in a real browser, served by a real broker with real leases: what it shows, and that it follows what happens.

import assert from "node:assert/strict";
import { eventually } from "../../../support/eventually.js";
import type { LeaseCaller } from "../../../support/lease-caller.js";
import type { BrokerPage } from "./support/broker-page.js";
import { SuiteBroker } from "./support/suite-broker.js";

const poolSize = 80;

describe("the dashboard", function () {
  this.timeout(120_000);
  const suite = SuiteBroker.forSuite({ poolSize });
  let caller: LeaseCaller;
  let shown: BrokerPage;

  beforeEach(async () => {
    ({ caller } = suite);
    shown = await suite.open();
  });

  const lease = (service: string, instance = "") =>
    caller.acquire({ holder: { service, instance, labels: { zone: "a" } } });

  it("says how the host is", async () => {
    await shown.verdict("All well").waitFor();
    await shown.page.getByText(suite.broker.ready.version, { exact: true }).waitFor();
    await shown.poolNumber("Free", `${poolSize} of ${poolSize}`).waitFor();
    assert.match(await shown.page.title(), /^All well · /);
  });

  it("shows how to lease a port where none is leased", async () => {
    await shown.goTo("Leases");
    await shown.page.getByText("No port is leased yet").waitFor();
    await shown.page.getByText("portlease run --service hello").first().waitFor();
  });

  it("follows a lease from its grant to its end without a reload", async () => {
    await shown.poolNumber("Leased", "0").waitFor();
    const allFree = await shown.gridPicture();
    const { port, leaseId, holderKey } = await lease("orders", "1");
    await shown.poolNumber("Leased", "1").waitFor();
    await eventually(
      "the port is drawn as leased",
      async () => (await shown.gridPicture()) !== allFree,
    );
    await shown.page
      .locator("li.event", { hasText: "granted" })
      .filter({ hasText: String(port) })
      .waitFor();
    await caller.release({ leaseId, holderKey });
    await shown.poolNumber("Leased", "0").waitFor();
    await shown.page
      .locator("li.event", { hasText: "released" })
      .filter({ hasText: String(port) })
      .waitFor();
  });

  it("tells who has a port, for the mouse and for the keyboard", async () => {
    const { port, leaseId, holderKey } = await lease("carts", "7");
    await shown.poolNumber("Leased", "1").waitFor();
    const grid = shown.page.getByRole("application");
    const first = Number(/Ports (\d+)/.exec((await grid.getAttribute("aria-label")) ?? "")?.[1]);
    await grid.focus();
    await shown.page.keyboard.press("Home");
    for (let at = first; at < port; at += 1) await shown.page.keyboard.press("ArrowRight");
    const details = shown.page.locator(".port-details");
    await details.getByText(String(port), { exact: true }).waitFor();
    await details.getByText("carts / 7").waitFor();
    await details.getByRole("link", { name: "Open lease" }).click();
    await shown.page.getByRole("heading", { level: 1, name: "carts / 7" }).waitFor();
    await shown.page.getByText(leaseId).first().waitFor();
    await caller.release({ leaseId, holderKey });
  });

  it("finds leases by a word, by a port and by an expression", async () => {
    const leases = await Promise.all(["orders", "carts", "orders-eu"].map((name) => lease(name)));
    await shown.goTo("Leases");
    const find = async (text: string, services: readonly string[]): Promise<void> => {
      await shown.search(text);
      await eventually(`only ${services.join(", ")}`, async () => {
        const found = await shown.services();
        return found.toSorted().join() === services.toSorted().join();
      });
    };
    await find("orders", ["orders", "orders-eu"]);
    await find(String(leases[1]?.port), ["carts"]);
    await find('service = "orders" AND labels.zone = "a"', ["orders"]);
    await find("", ["orders", "carts", "orders-eu"]);
    await shown.search("nobody-has-this-name");
    await shown.page.getByText("No lease fits").waitFor();
    for (const { leaseId, holderKey } of leases) await caller.release({ leaseId, holderKey });
  });

  it("says what is wrong with a filter, in the broker's words", async () => {
    suite.browser.expect(/the server responded with a status of 400/);
    await shown.goTo("Leases");
    await shown.search("colour = green");
    assert.match(await shown.page.getByRole("alert").innerText(), /colour/);
  });

  it("sorts and pages at the broker, and keeps the order in the address", async () => {
    const names = Array.from({ length: 60 }, (_, index) => `s${String(index).padStart(2, "0")}`);
    const leases = await Promise.all(names.map((name) => lease(name)));
    await shown.goTo("Leases");
    await shown.page.getByText("1-50 of 60").waitFor();
    await shown.page.getByRole("button", { name: "Service" }).click();
    await eventually("sorted by service", async () => (await shown.services())[0] === "s00");
    await shown.page.getByRole("button", { name: "Service" }).click();
    await eventually("the other way", async () => (await shown.services())[0] === "s59");
    assert.match(shown.page.url(), /order=service\+desc/);
    await shown.page.getByRole("button", { name: "Next" }).click();
    await shown.page.getByText("51-60 of 60").waitFor();
    assert.deepEqual(await shown.services(), names.slice(0, 10).toReversed());
    await shown.page.getByRole("button", { name: "Previous" }).click();
    await shown.page.getByText("1-50 of 60").waitFor();
    for (const { leaseId, holderKey } of leases) await caller.release({ leaseId, holderKey });
  });

  it("explains a port of the block and any other", async () => {
    const { port, leaseId, holderKey } = await lease("users");
    await shown.goTo("Explain");
    const field = shown.page.getByLabel("Port");
    await field.fill("70000");
    await shown.page.getByRole("button", { name: "Explain" }).click();
    await shown.page.getByText("A port is a number from 1 to 65535.").waitFor();
    await field.fill(String(port));
    await shown.page.keyboard.press("Enter");
    await shown.page.getByRole("heading", { name: `${port} cannot be bound` }).waitFor();
    await shown.page.getByText("LEASED", { exact: true }).waitFor();
    await shown.page.getByRole("link", { name: `Open lease ${leaseId}` }).waitFor();
    await shown.page.goto(`${suite.url}#/explain/1`);
    await shown.page.getByRole("heading", { name: /^1 / }).waitFor();
    await caller.release({ leaseId, holderKey });
  });

  it("tells the story of a lease, also when it has ended", async () => {
    const { leaseId, holderKey } = await lease("mail", "3");
    await shown.page.goto(`${suite.url}#/leases/${leaseId}`);
    await shown.page.locator(".timeline li", { hasText: "granted" }).waitFor();
    await caller.release({ leaseId, holderKey });
    await shown.page.locator(".timeline li", { hasText: "released" }).waitFor();
    await shown.page.getByText("ended: released").waitFor();
  });

  it("stops events for who reads them, and says how many came meanwhile", async () => {
    await shown.goTo("Events");
    await shown.page.getByText("Live.").waitFor();
    await shown.page.getByRole("button", { name: "Pause" }).click();
    const { leaseId, holderKey, port } = await lease("quiet");
    await shown.page.getByText("Paused: 1 event since then.").waitFor();
    const granted = shown.page.locator("li.event", { hasText: "quiet" });
    assert.equal(await granted.count(), 0);
    await shown.page.getByRole("button", { name: "Go on" }).click();
    await granted.filter({ hasText: String(port) }).waitFor();
    await caller.release({ leaseId, holderKey });
  });
});
