// A page without a mouse: what Tab reaches, and whether it is seen where one is.

import assert from "node:assert/strict";
import type { Page } from "playwright-core";

/** More than any page has. */
const stopsMax = 160;

/** Tab leads to every link and control, each of which shows that it has the focus. */
export async function assertAllReached(page: Page): Promise<void> {
  await page.evaluate(
    () => document.activeElement instanceof HTMLElement && document.activeElement.blur(),
  );
  const wanted = await page.evaluate(controls);
  const reached = new Set<string>();
  for (let stop = 0; stop < stopsMax && reached.size < new Set(wanted).size; stop += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(focused);
    if (at === null) continue;
    assert.ok(at.isOutlined, `${at.name} does not show that it has the focus`);
    reached.add(at.name);
  }
  assert.deepEqual(
    wanted.filter((name) => !reached.has(name)),
    [],
  );
}

/** Throws where Tab does not lead to it. */
export async function tabTo(page: Page, name: string): Promise<void> {
  for (let stop = 0; stop < stopsMax; stop += 1) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate(focused))?.name === name) return;
  }
  throw new Error(`Tab does not lead to ${name}`);
}

/** In the page: the names of what can be used. */
function controls(): string[] {
  const found = document.querySelectorAll<HTMLElement>(
    "a[href], button:enabled, input, select, [tabindex='0']",
  );
  return [...found].map(
    (each) => each.getAttribute("aria-label") ?? each.innerText ?? each.tagName,
  );
}

/** In the page: what has the focus, and whether that is seen. */
function focused(): { name: string; isOutlined: boolean } | null {
  const at = document.activeElement;
  if (!(at instanceof HTMLElement) || at === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  return {
    name: at.getAttribute("aria-label") ?? at.innerText ?? at.tagName,
    isOutlined: outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2,
  };
}
