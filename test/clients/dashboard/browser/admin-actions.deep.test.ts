// What an operator changes from the dashboard, in a real browser on a real broker: only with the token, only after a confirmation,
// and with the broker's own words when it refuses.

import assert from "node:assert/strict";
import { eventually } from "../../../support/eventually.js";
import { adminTokenIn, type LeaseCaller } from "../../../support/lease-caller.js";
import { RpcFailure } from "../../../support/rpc-failure.js";
import type { BrokerPage } from "./support/broker-page.js";
import { assertAccessible } from "./support/page-checks.js";
import { SuiteBroker } from "./support/suite-broker.js";

/** The browser says of each refusal that the answer was one. */
const refusal = /Failed to load resource: the server responded with a status of 40[13]/;

describe("changes from the dashboard", function () {
  this.timeout(120_000);
  const suite = SuiteBroker.forSuite({ poolSize: 16 });
  let caller: LeaseCaller;
  let shown: BrokerPage;

  beforeEach(async () => {
    ({ caller } = suite);
    suite.browser.expect(refusal);
    shown = await suite.open();
    await shown.verdict("All well").waitFor();
  });

  const token = () => adminTokenIn(suite.broker.adminTokenFile);

  async function openLease(service: string) {
    const lease = await caller.acquire({ holder: { service } });
    await shown.page.goto(`${suite.url}#/leases/${lease.leaseId}`);
    await shown.page.getByRole("button", { name: "Revoke" }).click();
    return lease;
  }

  async function isEnded(leaseId: string): Promise<boolean> {
    try {
      await caller.get(leaseId);
      return false;
    } catch (error) {
      return error instanceof RpcFailure;
    }
  }

  it("revoke a lease with the token, a reason and its port typed", async () => {
    const { leaseId, port } = await openLease("orders");
    const dialog = shown.dialog();
    const act = dialog.getByRole("button", { name: "Revoke the lease" });
    await dialog.getByLabel("Reason, told to the holder").fill("moves to another host");
    await dialog.getByLabel("Admin token").fill(token());
    assert.ok(await act.isDisabled(), "the port is not typed yet");
    await dialog.getByLabel(/^Type/).fill(String(port));
    await act.click();
    await dialog.waitFor({ state: "detached" });
    await eventually("the lease has ended", () => isEnded(leaseId));
    await shown.page.getByText("ended: revoked").waitFor();
    await shown.page.getByText("moves to another host").waitFor();
  });

  it("are refused without the token, in the broker's own words, and the lease goes on", async () => {
    const { leaseId, port, holderKey } = await openLease("carts");
    const dialog = shown.dialog();
    await dialog.getByLabel(/^Type/).fill(String(port));
    await dialog.getByRole("button", { name: "Revoke the lease" }).click();
    assert.match(await dialog.getByRole("alert").innerText(), /admin/);
    assert.equal(await isEnded(leaseId), false);
    await shown.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await caller.release({ leaseId, holderKey });
  });

  it("are refused with a wrong token", async () => {
    const { leaseId, port, holderKey } = await openLease("users");
    const dialog = shown.dialog();
    await dialog.getByLabel(/^Type/).fill(String(port));
    await dialog.getByLabel("Admin token").fill("no-such-token-at-all");
    await dialog.getByRole("button", { name: "Revoke the lease" }).click();
    // A broker that is shown a token that it does not know reads nothing out either.
    await shown.page.getByRole("heading", { name: "This broker asks who you are" }).waitFor();
    await shown.page.getByRole("button", { name: "Forget token" }).click();
    await shown.page.getByRole("button", { name: "Revoke" }).waitFor();
    assert.equal(await isEnded(leaseId), false);
    await caller.release({ leaseId, holderKey });
  });

  it("drain a block and end the drain again", async () => {
    const { leaseId, holderKey } = await caller.acquire({ holder: { service: "stays" } });
    await shown.giveToken(token());
    await shown.goTo("Blocks");
    await shown.page.getByRole("button", { name: "Drain" }).click();
    await shown.dialog().getByRole("button", { name: "Drain the block" }).click();
    await shown.page.locator(".badge", { hasText: "draining" }).waitFor();
    await shown.page.getByRole("button", { name: "End the drain" }).click();
    await shown.dialog().getByRole("button", { name: "End the drain" }).click();
    await shown.page.locator(".badge", { hasText: "active" }).waitFor();
    await caller.release({ leaseId, holderKey });
  });

  it("drain a block of which nothing is leased only when its first port was typed, because it is gone then", async () => {
    await shown.goTo("Blocks");
    await shown.page.getByRole("button", { name: "Drain" }).click();
    await shown.dialog().getByText("at once").waitFor();
    assert.ok(await shown.dialog().getByRole("button", { name: "Drain the block" }).isDisabled());
  });

  it("keep the token in this tab, out of the address and out of what outlives it, until it is forgotten", async () => {
    await shown.giveToken(token());
    await shown.page.reload();
    await shown.page.getByRole("button", { name: "Token: one is in use" }).click();
    const kept = await shown.page.evaluate(() => [
      location.href,
      document.cookie,
      JSON.stringify(localStorage),
    ]);
    assert.ok(kept.every((text) => !text.includes(token())));
    await shown.dialog().getByRole("button", { name: "Forget token" }).click();
    await shown.page.getByRole("button", { name: "Token: none is in use" }).waitFor();
    assert.equal(await shown.page.evaluate(() => sessionStorage.length), 0);
  });

  it("give the focus back to where it was when a dialog closes, and keep it within while it is open", async () => {
    const { leaseId, holderKey } = await openLease("mail");
    for (let step = 0; step < 8; step += 1) {
      await shown.page.keyboard.press("Tab");
      const isWithin = await shown.page.evaluate(
        () =>
          document.activeElement === document.body ||
          document.activeElement?.closest("dialog") !== null,
      );
      assert.ok(isWithin, `after ${step + 1} tabs`);
    }
    await shown.page.keyboard.press("Escape");
    await shown.dialog().waitFor({ state: "detached" });
    const focused = await shown.page.evaluate(() => document.activeElement?.textContent);
    assert.match(focused ?? "", /Revoke/);
    await caller.release({ leaseId, holderKey });
  });
});

describe("the dashboard of a broker that wants a token from everybody", function () {
  this.timeout(120_000);
  const suite = SuiteBroker.forSuite({ flags: ["--require-token", "true"] });

  it("asks for one, refuses a wrong one, and shows the host with the right one", async () => {
    suite.browser.expect(refusal);
    const shown = await suite.open();
    const { page } = shown;
    await page.getByRole("heading", { name: "This broker asks who you are" }).waitFor();
    await assertAccessible(page, "signing in");
    await page.getByLabel("Token").fill("no-such-token-at-all");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Token").fill(adminTokenIn(suite.broker.adminTokenFile));
    await page.getByRole("button", { name: "Continue" }).click();
    await shown.verdict("All well").waitFor();
  });
});
