// What one does on the pages of the fleet's dashboard, in words: so that tests say what they mean, and a changed page changes one file.

import type { Locator, Page } from "playwright-core";

export class FleetPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  heading(name: string | RegExp): Locator {
    return this.page.getByRole("heading", { level: 1, name });
  }

  /** One of the numbers of the overview, such as "Leases". */
  number(label: string, value: string): Locator {
    return this.page
      .getByRole("region", { name: "The fleet in numbers" })
      .locator("div.number", { has: this.page.getByRole("link", { name: label, exact: true }) })
      .locator("dd")
      .filter({ hasText: value });
  }

  /** The heat map, or its groups. */
  maps(): Locator {
    return this.page.getByRole("application");
  }

  /** The first map, to be compared with what it was before. */
  mapPicture(): Promise<string> {
    return this.maps()
      .first()
      .locator("canvas")
      .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  }

  /** What is told of the host that is picked. */
  details(): Locator {
    return this.page.locator(".port-details");
  }

  async goTo(name: "Overview" | "Hosts" | "Problems"): Promise<void> {
    await this.page.getByRole("navigation").getByRole("link", { name }).click();
  }

  /** In the one box that each page has. */
  async search(text: string): Promise<void> {
    const box = this.page.getByRole("banner").getByRole("searchbox");
    await box.fill(text);
    await box.press("Enter");
  }

  /** In the box of the table that is shown. */
  async filter(text: string): Promise<void> {
    await this.page.getByRole("main").getByRole("searchbox").fill(text);
    await this.page.keyboard.press("Enter");
  }

  rows(): Locator {
    return this.page.getByRole("main").locator("tbody tr");
  }

  /** The text of a column, from the top, as the table shows it now. */
  async column(index: number): Promise<readonly string[]> {
    const texts = await this.rows().locator(`td:nth-child(${index})`).allInnerTexts();
    return texts.map((text) => text.trim());
  }

  /** Where in the list one is: "1-50 of 1,000". */
  pager(text: string): Locator {
    return this.page.locator(".pager").getByText(text, { exact: true });
  }
}
