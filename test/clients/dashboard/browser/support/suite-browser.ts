// A browser for the tests of a suite: started before the first, closed after the last. What a test opens is closed after it, and must
// not have complained.

import { TestBrowser, type PageOptions, type TestPage } from "./test-browser.js";

const nothing = /(?!)/;

export class SuiteBrowser {
  #browser: TestBrowser | null = null;
  #opened: TestPage[] = [];
  #expected = nothing;

  /** Call it where the suite is described. */
  static forSuite(): SuiteBrowser {
    const suite = new SuiteBrowser();
    before(async () => void (suite.#browser = await TestBrowser.start()));
    afterEach(() => suite.#closePages());
    after(async () => suite.#browser?.close());
    return suite;
  }

  /** In this test the browser may say this. */
  expect(complaint: RegExp): void {
    this.#expected = complaint;
  }

  async open(url: string, options: PageOptions = {}): Promise<TestPage> {
    if (this.#browser === null) throw new Error("the suite has not begun");
    const opened = await this.#browser.open(url, options);
    this.#opened.push(opened);
    return opened;
  }

  async #closePages(): Promise<void> {
    const [opened, expected] = [this.#opened, this.#expected];
    this.#opened = [];
    this.#expected = nothing;
    for (const page of opened) await page.close();
    for (const page of opened) page.assertNoComplaint(expected);
  }
}
