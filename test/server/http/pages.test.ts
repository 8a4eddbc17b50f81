// What is served beside the API: the dashboard's files, probes and metrics.

import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { tokenMissing } from "#server/access/access-refusals.js";
import { HttpLab } from "../../support/http-lab.js";
import { temporaryDirectories } from "../../support/temporary-directory.js";

describe("the dashboard's files", () => {
  const newDirectory = temporaryDirectories();
  let lab: HttpLab;

  afterEach(() => lab.stop());

  async function start(): Promise<void> {
    const folder = join(newDirectory(), "dashboard");
    mkdirSync(join(folder, "assets"), { recursive: true });
    writeFileSync(join(folder, "index.html"), "<!doctype html><title>portlease</title>");
    writeFileSync(join(folder, "assets", "index-B1x2.js"), "console.log(1)\n".repeat(100));
    writeFileSync(join(folder, "assets", "secret.pem"), "no type of a dashboard");
    writeFileSync(join(folder, "..", "outside.txt"), "outside");
    if (process.platform !== "win32") symlinkSync("../outside.txt", join(folder, "link.txt"));
    lab = await HttpLab.start({ folder });
  }

  it("are the page at /, asked for again each time and known by its tag", async () => {
    await start();
    const { status, headers, text } = await lab.caller.get("/");
    assert.equal(status, 200);
    assert.equal(headers["content-type"], "text/html; charset=utf-8");
    assert.equal(headers["cache-control"], "no-cache");
    assert.match(text, /portlease/);
    const again = await lab.caller.get("/", { "if-none-match": headers.etag ?? "" });
    assert.deepEqual([again.status, again.text], [304, ""]);
    const head = await lab.caller.send("HEAD", "/");
    assert.deepEqual([head.status, head.text], [200, ""]);
    assert.equal(head.headers["content-length"], headers["content-length"]);
  });

  it("are kept for good where their names change with them, and compressed where that is taken", async () => {
    await start();
    const path = "/assets/index-B1x2.js";
    const { headers, text } = await lab.caller.get(path);
    assert.equal(headers["cache-control"], "public, max-age=31536000, immutable");
    const packed = await lab.caller.get(path, { "accept-encoding": "br, gzip;q=0.5" });
    assert.equal(packed.headers["content-encoding"], "gzip");
    assert.equal(gunzipSync(packed.body).toString(), text);
    const refusing = await lab.caller.get(path, { "accept-encoding": "gzip;q=0" });
    assert.equal(refusing.headers["content-encoding"], undefined);
  });

  it("may load from this listener only, run nothing inline, and are in nobody's frame", async () => {
    await start();
    const { headers } = await lab.caller.get("/");
    const policy = String(headers["content-security-policy"]);
    assert.match(policy, /default-src 'self'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*/);
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.equal(headers["cross-origin-opener-policy"], "same-origin");
    assert.equal(headers["cross-origin-resource-policy"], "same-origin");
    assert.match(String(headers["permissions-policy"]), /camera=\(\)/);
  });

  it("are those of their folder and nothing else, whatever a path says", async () => {
    await start();
    for (const path of [
      "/../outside.txt",
      "/assets/../../outside.txt",
      "/%2e%2e/outside.txt",
      "/..%2foutside.txt",
      "/assets/..%5c..%5coutside.txt",
      "//outside.txt",
      "/link.txt",
      "/assets/secret.pem",
      "/assets",
      "/assets/",
      "/index.html%00.js",
      "/etc/passwd",
    ]) {
      const socket = await lab.connect();
      let answer = "";
      socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
      socket.end(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
      await new Promise((resolve) => socket.once("close", resolve));
      assert.match(answer, /^HTTP\/1\.1 404 /, path);
    }
    assert.equal((await lab.caller.send("POST", "/")).status, 405);
  });

  it("say how they are made when they were not", async () => {
    lab = await HttpLab.start();
    const { status, text } = await lab.caller.get("/");
    assert.equal(status, 404);
    assert.match(text, /npm run build/);
  });
});

describe("probes", () => {
  let lab: HttpLab;

  afterEach(() => lab.stop());

  const states = [
    [undefined, 200, "ready\n"],
    ["the broker is read-only", 503, "not ready: the broker is read-only\n"],
  ] as const;
  for (const [obstacle, status, text] of states) {
    it(`say ${status} when ${obstacle ?? "nothing is in the way"}, and that it is alive`, async () => {
      lab = await HttpLab.start(obstacle === undefined ? {} : { obstacle });
      const ready = await lab.caller.get("/readyz", { host: "10.1.2.3" });
      assert.deepEqual([ready.status, ready.text], [status, text]);
      assert.equal((await lab.caller.get("/healthz", { host: "pod.example.org" })).status, 200);
      assert.equal((await lab.caller.send("POST", "/readyz")).status, 405);
    });
  }
});

describe("a page such as /metrics", () => {
  let lab: HttpLab;

  afterEach(() => lab.stop());

  const metrics = () =>
    Promise.resolve({ contentType: "text/plain; version=0.0.4", text: "a 1\n" });

  it("is what its source says", async () => {
    lab = await HttpLab.start({ pages: { "/metrics": metrics } });
    const { headers, text } = await lab.caller.get("/metrics");
    assert.equal(headers["content-type"], "text/plain; version=0.0.4");
    assert.equal(text, "a 1\n");
    assert.equal((await lab.caller.send("POST", "/metrics")).status, 405);
  });

  it("asks the gate, by its path", async () => {
    const asked: string[] = [];
    const admit = ({ path }: { readonly path: string }): never => {
      asked.push(path);
      throw tokenMissing(path);
    };
    lab = await HttpLab.start({ pages: { "/metrics": metrics }, gate: { admit } });
    const { status, text } = await lab.caller.get("/metrics");
    assert.equal(status, 401);
    assert.match(text, /TOKEN_MISSING/);
    assert.deepEqual(asked, ["/metrics"]);
  });

  it("is told the query", async () => {
    const echo = (query: URLSearchParams) => ({
      contentType: "text/plain",
      text: query.get("a") ?? "",
    });
    lab = await HttpLab.start({ pages: { "/echo": echo } });
    assert.equal((await lab.caller.get("/echo?a=b%20c")).text, "b c");
  });

  it("is told when its answer was taken, or will not be", async () => {
    const over: Promise<void>[] = [];
    const asked = new EventEmitter();
    const quick = (_query: URLSearchParams, taken: Promise<void>) => {
      over.push(taken);
      return metrics();
    };
    const slow = (_query: URLSearchParams, taken: Promise<void>) => {
      over.push(taken);
      // The second one waits behind the first.
      if (over.length === 3) asked.emit("both");
      return over.length === 2 ? new Promise<never>(() => undefined) : metrics();
    };
    lab = await HttpLab.start({ pages: { "/quick": quick, "/slow": slow } });
    await lab.caller.get("/quick");
    await over[0];
    const both = once(asked, "both");
    const socket = await lab.connect();
    socket.write("GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(2));
    await both;
    socket.destroy();
    await Promise.all(over);
    assert.equal(over.length, 3);
  });

  it("is not there without a source, and those that are there are named", async () => {
    lab = await HttpLab.start({ pages: { "/other": metrics } });
    const { status, text } = await lab.caller.get("/metrics");
    assert.equal(status, 404);
    assert.match(text, /there is nothing here.* \/other, \/healthz and \/readyz/);
  });

  it("fails alone when its source does", async () => {
    lab = await HttpLab.start({
      pages: { "/metrics": () => Promise.reject(new Error("planted-secret")) },
    });
    const { status, text } = await lab.caller.get("/metrics");
    assert.equal(status, 500);
    assert.doesNotMatch(text, /planted-secret/);
  });
});
