// What must hold on every page, whatever it shows.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

/** The page is as wide as the window: nobody scrolls sideways. */
export async function assertNoSidewaysScroll(page: Page, where: string): Promise<void> {
  const [content, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  assert.ok(
    content !== undefined && window !== undefined && content <= window,
    `${where} is ${content} px wide in a window of ${window} px`,
  );
}

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

/** axe-core (https://github.com/dequelabs/axe-core) finds nothing serious or critical: contrast, names, roles, order. */
export async function assertAccessible(page: Page, where: string): Promise<void> {
  // Evaluated by the debugger, to which the content security policy does not apply.
  await page.evaluate(axeSource);
  const violations = (await page.evaluate(
    "axe.run().then((result) => result.violations)",
  )) as Violation[];
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const told = grave.map(({ id, help, nodes }) => ({
    id,
    help,
    where: nodes
      .slice(0, 3)
      .map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`),
  }));
  assert.deepEqual(told, [], `${where}: ${JSON.stringify(told, null, 2)}`);
}
