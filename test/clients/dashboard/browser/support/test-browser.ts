// Debian's Chromium without a screen, driven by playwright-core, and everything that a page complains about while a test looks on.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const executablePath = "/usr/bin/chromium";

/** No sandbox, because containers have no user namespaces; and nothing that calls home. */
const args = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: "light" | "dark";
}

export class TestBrowser {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Fails, and says how to install it, where there is no Chromium. */
  static async start(): Promise<TestBrowser> {
    assert.ok(existsSync(executablePath), `${executablePath} is missing: run scripts/setup-ci`);
    return new TestBrowser(await chromium.launch({ executablePath, args }));
  }

  /** A page of a profile of its own. */
  async open(url: string, options: PageOptions = {}): Promise<TestPage> {
    const context = await this.#browser.newContext({
      viewport: { width: options.width ?? 1_280, height: options.height ?? 900 },
      colorScheme: options.theme ?? "light",
    });
    const opened = new TestPage(context, await context.newPage());
    await opened.page.goto(url);
    return opened;
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}

export class TestPage {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #complaints: string[] = [];

  constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        this.#complaints.push(message.text());
      }
    });
    page.on("pageerror", (error) => this.#complaints.push(error.message));
  }

  /** Errors and warnings of the console, violations of the content security policy among them, and uncaught exceptions. */
  assertNoComplaint(expected: RegExp = /(?!)/): void {
    assert.deepEqual(
      this.#complaints.filter((text) => !expected.test(text)),
      [],
    );
  }

  close(): Promise<void> {
    return this.#context.close();
  }
}
