// What one does on the dashboard's pages, in words: so that tests say what they mean, and a changed page changes one file.

import type { Locator, Page } from "playwright-core";

/** Sees a page of the dashboard as a person does: by headings, labels and texts. */
export class BrokerPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** The one sentence about the host. */
  verdict(title: string): Locator {
    return this.page.getByRole("heading", { level: 1, name: title });
  }

  /** A number of the pool "default", such as "Leased". */
  poolNumber(label: string, value: string): Locator {
    return this.page
      .getByRole("region", { name: "Pool default" })
      .locator("dl.numbers > div", { hasText: label })
      .getByText(value, { exact: true });
  }

  /** The squares of the first block, to be compared with what they were before. */
  gridPicture(): Promise<string> {
    return this.page
      .getByRole("application")
      .locator("canvas")
      .first()
      .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  }

  async goTo(name: "Overview" | "Leases" | "Blocks" | "Events" | "Explain"): Promise<void> {
    await this.page.getByRole("navigation").getByRole("link", { name }).click();
  }

  async search(text: string): Promise<void> {
    await this.page.getByRole("searchbox").fill(text);
    await this.page.keyboard.press("Enter");
  }

  /** The services in the lease table, as it shows them now, from the top. */
  services(): Promise<readonly string[]> {
    return this.page.locator("td.cell-service > span:first-child").allTextContents();
  }

  /** The ports in the lease table, as it shows them now, from the top. */
  async ports(): Promise<readonly number[]> {
    const texts = await this.page.locator("a.row-link").allTextContents();
    return texts.map(Number);
  }

  dialog(): Locator {
    return this.page.getByRole("dialog");
  }

  /** Takes a token by the button in the head of the page. */
  async giveToken(token: string): Promise<void> {
    await this.page.getByRole("button", { name: "Token: none is in use" }).click();
    await this.dialog().getByLabel("Admin token").fill(token);
    await this.dialog().getByRole("button", { name: "Use token" }).click();
  }
}
