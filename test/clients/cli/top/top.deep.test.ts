// `portlease top` in a pseudo-terminal against a real broker: what a person sees, key by key, and that the terminal is as it was
// afterwards.

import assert from "node:assert/strict";
import { control } from "#cli/terminal/control.js";
import { BrokerLab } from "../../../support/broker-lab.js";
import type { BrokerProcess } from "../../../support/broker-process.js";
import { eventually } from "../../../support/eventually.js";
import type { Acquired, LeaseCaller } from "../../../support/lease-caller.js";
import { hasPseudoTerminals } from "../../../support/pseudo-terminal.js";
import { masked, TopOnTerminal, type TopStart } from "./support/top-lab.js";

const size = { columns: 100, rows: 30 };

/** What changes each time is masked. */
const firstScreen = [
  "HOST live",
  "All well  2 of 8 ports leased, 6 free",
  "",
  "POOL           USED                           LEASED  FREE  LONGEST RUN  STATE",
  "default        ██████░░░░░░░░░░░░░░░░░░  25%       2     6            6",
  "  PPPPP-PPPPP  ██████░░░░░░░░░░░░░░░░░░  25%       2     6            6  active",
  "",
  "LEASES  2, by time left",
  "TIME LEFT  PORT   PROTOCOL  SERVICE  INSTANCE  POOL     STATE   LEASE",
  "    TTTTT  PPPPP  tcp       orders   -         default  leased  LLLLLLLLLLLLLLLLLLLL",
  "    TTTTT  PPPPP  tcp       reports  -         default  leased  LLLLLLLLLLLLLLLLLLLL",
  ...Array<string>(15).fill(""),
  "EVENTS  none since this was opened",
  "",
  "",
  "q quit  ? help  / filter  s sort  p pause  r refresh",
].join("\n");

function billing(caller: LeaseCaller): Promise<Acquired> {
  return caller.acquire({ holder: { service: "billing" }, ttl: { seconds: 30n } });
}

describe("portlease top on a terminal", function () {
  this.timeout(120_000);
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let caller: LeaseCaller;
  let orders: Acquired;
  let reports: Acquired;
  let top: TopOnTerminal | undefined;

  before(async function () {
    if (!hasPseudoTerminals()) return this.skip();
    lab = await BrokerLab.open();
    broker = await lab.start();
    caller = lab.caller(broker);
    reports = await caller.acquire({ holder: { service: "reports" }, ttl: { seconds: 600n } });
    orders = await caller.acquire({ holder: { service: "orders" }, ttl: { seconds: 300n } });
  });
  afterEach(() => top?.close());
  after(() => lab?.close());

  function start(more: Partial<TopStart> = {}): TopOnTerminal {
    const words = ["--every", "100ms", ...(more.words ?? [])];
    top = new TopOnTerminal({ ...size, folder: lab.newDirectory(), broker, ...more, words });
    return top;
  }

  const servicesOf = (screen: string): readonly string[] =>
    screen.match(/(?<=tcp +)(?:orders|reports|billing)(?= )/g) ?? [];

  it("shows the host, and the leases by time left, which falls", async () => {
    const { screen } = start();
    const seen = await screen.until("both leases", /orders[^]*reports/);
    assert.equal(masked(seen), firstScreen);
    const left = (text: string): number => Number(/(\d+)m(\d+)s .*reports/.exec(text)?.[2]);
    const before = left(seen);
    await eventually("less time left", async () => {
      const now = left((await screen.lines()).join("\n"));
      return now !== before && (now < before || now > 50);
    });
  });

  it("lays out anew when the window changes its size", async () => {
    const shown = start();
    await shown.screen.until("both leases", /orders[^]*reports/);
    shown.resize({ columns: 40, rows: 10 });
    const small = await shown.screen.until(
      "a small one",
      /live\nAll well {2}2 of 8 ports leased, 6 free\nPOOL/,
    );
    assert.match(small, /\nq quit {2}\? help {2}\/ filter {2}s sort {2}p pau…$/);
    shown.resize({ columns: 160, rows: 50 });
    await shown.screen.until(
      "a large one",
      /LONGEST RUN {2}STATE[^]*LEASE\n[^]*\n\nEVENTS[^]*q quit.*refresh$/,
    );
  });

  it("sorts, filters, pauses and helps at a key", async () => {
    const { screen, terminal } = start();
    assert.deepEqual(servicesOf(await screen.until("both", /orders[^]*reports/)), [
      "orders",
      "reports",
    ]);
    terminal.type("s");
    const byPort = await screen.until("by port", /by port/);
    const expected = orders.port < reports.port ? ["orders", "reports"] : ["reports", "orders"];
    assert.deepEqual(servicesOf(byPort), expected);
    terminal.type("s");
    assert.deepEqual(servicesOf(await screen.until("by service", /by service/)), [
      "orders",
      "reports",
    ]);
    terminal.type("/REP");
    const filtered = await screen.until("the filter", /1 of 2 with "REP"[^]*filter: REP_/);
    assert.deepEqual(servicesOf(filtered), ["reports"]);
    terminal.type("\r");
    await screen.until("the keys", /q quit/);
    terminal.type("\u001b");
    await screen.until("all again", /LEASES {2}2, by service/);
    terminal.type("p");
    await screen.until("the pause", /paused for/);
    const { leaseId, holderKey } = await billing(caller);
    await caller.release({ leaseId, holderKey });
    await screen.until("some time of it", /paused for 1s/);
    assert.deepEqual(servicesOf((await screen.lines()).join("\n")), ["orders", "reports"]);
    terminal.type("p");
    await screen.until(
      "what happened meanwhile",
      /LEASES {2}2, by service[^]*ended {2}\d+ billing/,
    );
    terminal.type("?");
    await screen.until("the help", /Ctrl\+Z[^]*any key goes back/);
    terminal.type("x");
    await screen.until("the leases again", /LEASES {2}2/);
  });

  it("shows a lease that comes, and lets it go when it is revoked", async () => {
    const { screen } = start();
    await screen.until("both leases", /orders[^]*reports/);
    const { leaseId } = await billing(caller);
    await screen.until("the third", /LEASES {2}3,[^]*billing[^]*granted {2}\d+ billing/);
    const request = { leaseId, reason: "", allowMissing: false };
    await new Promise<void>((resolve, reject) =>
      caller.adminClient.revokeLease(request, (error) =>
        error === null ? resolve() : reject(error),
      ),
    );
    const seen = await screen.until("two", /LEASES {2}2,[^]*ended {2}\d+ billing.*revoked/);
    assert.deepEqual(servicesOf(seen), ["orders", "reports"]);
  });

  for (const [what, end, exitCode] of [
    ["q", "q", "0"],
    ["Ctrl+C", "\u0003", "130"],
    ["SIGTERM", "SIGTERM", "143"],
    ["SIGHUP", "SIGHUP", "129"],
  ] as const) {
    it(`gives the terminal back as it was after ${what}`, async () => {
      const shown = start();
      await shown.screen.until("both leases", /orders[^]*reports/);
      assert.ok(shown.screen.isOwnScreen);
      if (end.startsWith("SIG")) shown.signal(end as NodeJS.Signals);
      else shown.terminal.type(end);
      const { stdout } = await shown.terminal.end;
      await shown.screen.lines();
      assert.equal(shown.screen.isOwnScreen, false);
      assert.ok(stdout.lastIndexOf(control.showCursor) > stdout.lastIndexOf(control.hideCursor));
      assert.deepEqual([shown.file("exit"), shown.file("after")], [exitCode, shown.file("before")]);
    });
  }

  it("gives the terminal to the shell at Ctrl+Z, and takes it again at fg", async () => {
    const folder = lab.newDirectory();
    const shown = start({ folder, afterwards: `stty -a > ${folder}/stopped\nfg` });
    await shown.screen.until("both leases", /orders[^]*reports/);
    const from = shown.terminal.shown.length;
    shown.terminal.type("\u001a");
    await shown.terminal.until(/\[\?1049l[^]*\[\?1049h[^]*orders[^]*reports/, from);
    assert.equal(shown.file("stopped"), shown.file("before"));
    shown.terminal.type("?");
    await shown.screen.until("the help", /any key goes back/);
    shown.terminal.type("q");
    await shown.terminal.end;
    assert.equal(shown.file("after"), shown.file("before"));
  });

  it("has no colours with NO_COLOR, and draws in ASCII where the locale is not UTF-8", async () => {
    const { screen, terminal } = start({ environment: { NO_COLOR: "1", LANG: "C" } });
    const seen = await screen.until("both leases", /orders[^]*reports/);
    assert.match(seen, /default +#+-+ +\d+%/);
    terminal.type("q");
    const { stdout } = await terminal.end;
    assert.doesNotMatch(stdout, new RegExp(String.raw`${"\u001b"}\[\d+m`));
    assert.match(stdout, /^\p{ASCII}*$/u);
  });

  it("ends when its terminal hangs up", async () => {
    const shown = start();
    await shown.screen.until("both leases", /orders[^]*reports/);
    await shown.terminal.close();
    await eventually("the end of the process", () => !shown.isRunning);
  });

  it("keeps what was there while the broker is away, and comes back by itself", async () => {
    const { screen, terminal } = start();
    await screen.until("both leases", /orders[^]*reports/);
    await broker.kill("SIGKILL");
    const away = await screen.until("that it is away", /1s old, reconnecting/);
    assert.match(away, /Was: All well[^]*orders[^]*reports/);
    const flags = [...(broker.options.flags ?? []), "--listen", broker.address];
    await lab.restart(broker, { flags });
    await screen.until("that it is back", /live\nAll well[^]*orders[^]*reports/);
    terminal.type("q");
    assert.equal((await terminal.end).exitCode, 0);
  });
});
