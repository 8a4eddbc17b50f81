// What of the C# sample can be tried without .NET: every file is read by mono's compiler, and the parts without gRPC are compiled,
// run, and held against the TypeScript client and the Win32 layer. Nothing here shows that the rest compiles.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { advanced, granted, renewalDue, renewalSucceeded, stateOf } from "#client/lease-track.js";
import { grantMoment, leaseMoments, renewMoment } from "#client/lease-timing.js";
import { ioctls } from "#native/win32/layout.js";
import { encodeToken } from "#native/win32/port-range.js";
import { repositoryRoot } from "../support/repository.js";
import { temporaryDirectories } from "../support/temporary-directory.js";
import { generate, hasProtoc, installProtoc } from "./support/protoc.js";

const folder = join(repositoryRoot, "clients", "csharp");
const sources = readdirSync(folder).filter((name) => name.endsWith(".cs"));
const withoutGrpc = [
  "Checks/PureParts.cs",
  "LeaseTiming.cs",
  "LeaseTrack.cs",
  "PauseDetector.cs",
  "ReservationIoctl.cs",
];

/** What the sample uses of the API. */
const usedFields: Readonly<Record<string, readonly string[]>> = {
  AcquireLeaseRequest: ["Holder", "MaxWait", "RequestId"],
  AcquireLeaseResponse: ["HolderKey", "Lease", "Reservations", "WaitDuration"],
  ConfirmTransferRequest: ["HolderKey", "TransferId"],
  Holder: ["Service"],
  Lease: ["Generation", "LeaseId", "Port", "Ttl"],
  PortReservation: ["BindMethod", "FirstPort", "PortCount", "Protocol", "Token"],
  ReleaseLeaseRequest: ["AllowMissing", "HolderKey", "LeaseId"],
  RenewLeaseRequest: ["HolderKey", "LeaseId"],
  RenewLeaseResponse: ["Lease", "Reservations"],
  TransferSocketRequest: ["HolderKey", "LeaseId", "Port", "ProcessId"],
  TransferSocketResponse: ["ProtocolInfo", "TransferId"],
};
const usedValues = ["Associate", "Handoff", "SharePort", "Udp"];

function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, `${program} ${args.join(" ")}:\n${stdout}${stderr}`);
  return stdout;
}

const missing = ["mcs", "mono"].filter(
  (name) => spawnSync(name, ["--version"]).error !== undefined,
);

function suite(this: Mocha.Suite): void {
  this.timeout(120_000);
  const newDirectory = temporaryDirectories();
  /** The lines that the compiled parts print, without their first word, by that word. */
  const printed = new Map<string, string[]>();

  before(() => {
    const program = join(newDirectory(), "pure-parts.exe");
    run("mcs", ["-langversion:7.2", "-warnaserror", `-out:${program}`, ...withoutGrpc]);
    for (const line of run("mono", [program]).trimEnd().split("\n")) {
      const [, word = "", rest = ""] = /^(\S+) (.*)$/.exec(line) ?? [];
      printed.set(word, [...(printed.get(word) ?? []), rest]);
    }
  });

  it("is C# in every file, as far as a parser can tell", () => {
    assert.ok(sources.length > withoutGrpc.length);
    run("mcs", ["--parse", "-langversion:7.2", ...sources]);
  });

  it("uses messages, fields and values that protoc generates for C#, under their names", function () {
    if (!hasProtoc) {
      console.log("      there is no protoc; run scripts/setup-ci");
      this.skip();
    }
    const files = ["common", "lease", "lease_service"].map(
      (name) => `proto/portlease/v1/${name}.proto`,
    );
    const command = `protoc -I proto --csharp_out=OUT ${files.join(" ")}`;
    const generated = generate(installProtoc(newDirectory()), command, newDirectory()).join("\n");
    for (const [message, fields] of Object.entries(usedFields)) {
      const [, body = ""] =
        new RegExp(`public sealed partial class ${message} :([\\s\\S]*?)^  }$`, "m").exec(
          generated,
        ) ?? [];
      for (const field of fields)
        assert.match(body, new RegExp(`public [\\w.:<>]+ ${field} \\{`), message);
    }
    for (const name of usedValues) {
      assert.match(generated, new RegExp(`\\[pbr::OriginalName\\("\\w+"\\)\\] ${name} =`));
    }
    const text = sources.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
    for (const word of [...Object.values(usedFields).flat(), ...usedValues]) {
      assert.match(text, new RegExp(`\\b${word}\\b`));
    }
  });

  it("gives the ioctl the code and the bytes that the Win32 layer gives it", () => {
    assert.deepEqual(printed.get("ioctl"), [String(ioctls.SIO_ASSOCIATE_PORT_RESERVATION | 0)]);
    const tokens = [1n, 0x0123_4567_89ab_cdefn, 0xffee_ddcc_bbaa_9988n];
    const expected = tokens.map((token) => {
      const bytes = [...encodeToken(token)].map((byte) => byte.toString(16).padStart(2, "0"));
      return `${token} ${bytes.join("-")}`;
    });
    assert.deepEqual(printed.get("token"), expected);
  });

  it("has the moments of a lease where the TypeScript client has them", () => {
    for (const ttlMs of [10, 100, 1_000, 30_000, 3_600_000]) {
      const { jeopardyAtMs, lostAtMs } = leaseMoments(5_000_000 + ttlMs, ttlMs);
      const expected = {
        jeopardy: jeopardyAtMs,
        lost: lostAtMs,
        renew: renewMoment(5_000_000, ttlMs, 0.25),
        grant: grantMoment(1_000, 1_000 + ttlMs, 500),
      };
      for (const [word, atMs] of Object.entries(expected)) {
        const line = printed.get(word)?.find((each) => each.startsWith(`${ttlMs} `));
        // Each runtime rounds the last digit of a product in its own way.
        assert.ok(
          Math.abs(Number(line?.split(" ")[1]) - atMs) < 0.001,
          `${word} ${ttlMs}: ${line}`,
        );
      }
    }
  });

  it("goes through the life of a lease that is renewed once as the TypeScript client does", () => {
    const expected: string[] = [];
    let track = granted(0, 3_000, 0);
    let told = "safe";
    for (let nowMs = 0; nowMs <= 6_000; nowMs += 10) {
      track = advanced(track, nowMs);
      if (expected.length === 0 && renewalDue(track, nowMs)) {
        track = renewalSucceeded(track, nowMs, 3_000, 0);
        expected.push(`renewed ${nowMs}`);
      }
      const state = stateOf(track, nowMs);
      if (state === told) continue;
      told = state;
      const reason = track.end?.state === "lost" ? track.end.reason : "";
      expected.push(`${state} ${reason} ${nowMs}`);
    }
    assert.deepEqual(
      printed.get("life")?.map((line) => line.replace(/^[JL]/, (letter) => letter.toLowerCase())),
      expected,
    );
    assert.equal(expected.length, 3);
  });

  it("lets the broker decide after a pause (semantics 7)", () => {
    assert.deepEqual(printed.get("pause"), [
      "Jeopardy True",
      "answered Safe",
      "unanswered Lost UNCONFIRMED",
    ]);
  });
}

if (missing.length === 0) describe("the C# sample", suite);
else {
  const why = `there is no ${missing.join(", no ")}; run scripts/setup-ci`;
  describe.skip(`the C# sample (${why})`, suite);
}
