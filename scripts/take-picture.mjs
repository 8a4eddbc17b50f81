// Takes a picture of a page for the documentation: in Chromium (scripts/setup-ci), when what is to be seen is there.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { chromium } from "playwright-core";

/** `ready`: a text of the page without which there is nothing to see yet. `look`: what is done before the picture is taken. */
export async function takePicture({ url, ready, output, height = 900, look = async () => {} }) {
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1_200, height } });
    await page.goto(url);
    await page.getByText(ready).first().waitFor();
    await look(page);
    mkdirSync(dirname(output), { recursive: true });
    await page.screenshot({ path: output });
  } finally {
    await browser.close();
  }
}
