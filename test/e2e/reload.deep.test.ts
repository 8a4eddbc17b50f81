// Twenty reloads in a row under load: configuration, certificates and tokens change, and not one call fails for another reason than
// what the configuration says at that moment.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:tls";
import { once } from "node:events";
import { status } from "@grpc/grpc-js";
import { AccessCaller, AccessFiles, loopbackNames } from "../support/access-lab.js";
import { eventually } from "../support/eventually.js";
import { type Acquired, fromMs, LeaseCaller } from "../support/lease-caller.js";
import { ReloadLab } from "../support/reload-lab.js";
import { ReloadLoad } from "../support/reload-load.js";
import { failureOf } from "../support/rpc-failure.js";

const roundCount = 20;
const steadyToken = "s".repeat(40);
const heldPerPool = 4;

/** What one configuration says, that of a round. */
interface Says {
  readonly round: number;
  readonly quota: number;
  readonly ttlMaxMs: number;
  readonly pinnedPort: number;
  readonly hasExtra: boolean;
}

describe("a broker under load whose configuration is read again and again", () => {
  let lab: ReloadLab;
  let files: AccessFiles;
  let load: ReloadLoad;
  const closers: (() => void)[] = [];
  /** More than one while a reload is under way. */
  let counting: readonly Says[] = [];

  beforeEach(() => {
    lab = new ReloadLab();
    files = new AccessFiles(lab.folder);
    load = new ReloadLoad();
  });

  afterEach(async () => {
    await load.stop();
    for (const close of closers.splice(0)) close();
    await lab.dispose();
  });

  function sayings(round: number, firstPort: number): Says {
    return {
      round,
      quota: 1 + (round % 3),
      ttlMaxMs: 60_000 + round * 1_000,
      pinnedPort: firstPort + 8 + (round % 5),
      hasExtra: round % 2 === 1,
    };
  }

  const guestOf = (round: number): string => `guest-${round}-`.padEnd(40, "g");

  /** Writes certificate, tokens and the file. The guest of the round before has no token any more. */
  function write(says: Says, firstPort: number): Record<string, unknown> {
    const names = { commonName: `broker ${says.round}`, names: loopbackNames };
    const tls = files.tls({}, files.authority.issue(names));
    const extra = { name: "extra", size: 16, quarantine: 0 };
    return {
      http: { listen: "auto" },
      requireToken: true,
      tls: { certFile: tls.certFile, keyFile: tls.keyFile },
      tokens: [
        files.token("steady", "admin", steadyToken),
        files.token(`guest-${says.round}`, "holder", guestOf(says.round)),
      ],
      pools: [
        {
          name: "default",
          start: firstPort,
          size: 64,
          quarantine: 0,
          staticPorts: 0,
          quota: { services: { bounded: says.quota } },
          pins: [{ port: says.pinnedPort, service: "pinned" }],
          ttl: { max: `${says.ttlMaxMs}ms` },
        },
        ...(says.hasExtra ? [extra] : []),
      ],
    };
  }

  function leaseCaller(address: string, token = steadyToken): LeaseCaller {
    const caller = new LeaseCaller(address, null, { token, channel: files.channel() });
    closers.push(() => caller.close());
    return caller;
  }

  function guest(address: string, round: number): AccessCaller {
    const caller = new AccessCaller(address, guestOf(round), files.channel());
    closers.push(() => caller.close());
    return caller;
  }

  async function certificateName(address: string): Promise<string> {
    const [host = "", port = ""] = address.split(":");
    const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return String(CN);
  }

  /** Where 64 ports in a row are free: where a broker that may choose finds them. */
  async function findFirstPort(): Promise<number> {
    const other = new ReloadLab();
    const broker = await other.start({ pools: [{ name: "default", size: 64 }] });
    await other.dispose();
    return broker.blocks[0]?.firstPort ?? 0;
  }

  /** Exactly what this configuration says is so now. */
  async function check(caller: LeaseCaller, says: Says): Promise<void> {
    const bounded = { holder: { service: "bounded" } };
    const held: Acquired[] = [];
    for (let count = 0; count < says.quota; count += 1) held.push(await caller.acquire(bounded));
    assert.equal((await failureOf(caller.acquire(bounded))).reason, "QUOTA_EXCEEDED");
    const pinned = await caller.acquire({ holder: { service: "pinned" } });
    assert.equal(pinned.port, says.pinnedPort);
    const ttl = fromMs(says.ttlMaxMs);
    const tooLong = caller.renew({ ...pinned, ttl: fromMs(says.ttlMaxMs + 1) });
    assert.equal((await failureOf(tooLong)).reason, "TTL_OUT_OF_RANGE");
    await caller.renew({ leaseId: pinned.leaseId, holderKey: pinned.holderKey, ttl });
    for (const { leaseId, holderKey } of [...held, pinned]) {
      await caller.release({ leaseId, holderKey });
    }
    const inExtra = caller.acquire({ pool: "extra", holder: { service: "checker" } });
    if (says.hasExtra) await caller.release(pick(await inExtra));
    else assert.equal((await failureOf(inExtra)).reason, "POOL_NOT_FOUND");
  }

  it("drops no call, ends no stream, loses no lease", async function test() {
    this.timeout(180_000);
    const firstPort = await findFirstPort();
    let says = sayings(0, firstPort);
    counting = [says];
    const { address, httpAddress } = await lab.start(write(says, firstPort), files.channel());
    const checker = leaseCaller(address);
    const held: Acquired[] = [];
    for (let count = 0; count < heldPerPool; count += 1) {
      held.push(await checker.acquire({ holder: { service: "held" }, ttl: fromMs(20_000) }));
    }
    const poolGone = (): ReadonlySet<string> =>
      new Set(counting.every(({ hasExtra }) => hasExtra) ? [] : ["POOL_NOT_FOUND"]);
    for (const service of ["a", "b", "c"]) {
      load.unary(leaseCaller(address), service, "default", () => new Set());
    }
    load.unary(leaseCaller(address), "roaming", "extra", poolGone);
    load.session(leaseCaller(address), () => held);
    load.watch(leaseCaller(address));
    const tls = { ca: readFileSync(files.caFile()), servername: "localhost" };
    load.http(httpAddress ?? "", tls, steadyToken);
    await load.events(httpAddress ?? "", tls, steadyToken);

    for (let round = 1; round <= roundCount; round += 1) {
      const leaving = guest(address, says.round);
      const session = leaving.openSession();
      await session.pong();
      const next = sayings(round, firstPort);
      counting = [says, next];
      lab.write(write(next, firstPort));
      const { failed, needsRestart } = await lab.reload();
      assert.deepEqual([failed, needsRestart], [[], []]);
      says = next;
      counting = [says];
      await assert.rejects(session.ended, { code: status.UNAUTHENTICATED });
      assert.equal((await failureOf(leaving.acquire())).codeName, "UNAUTHENTICATED");
      await guest(address, round).pingOnce();
      await check(checker, says);
      assert.equal(await certificateName(httpAddress ?? ""), `broker ${round}`);
      // Its lease outlives the pool, which goes in the next round and is back in the one after.
      if (says.hasExtra) {
        const lease = { pool: "extra", holder: { service: "held" }, ttl: fromMs(20_000) };
        held.push(await checker.acquire(lease));
      }
      assert.deepEqual(load.failures, [], `after round ${round}`);
    }
    for (const { leaseId } of held) assert.equal((await checker.get(leaseId)).leaseId, leaseId);
    // A page is shown something once a second, and the rounds may take less than five.
    for (const what of ["granted", "renewed", "watched", "by HTTP", "shown"]) {
      await eventually(`"${what}" five times`, () => load.countOf(what) >= 5);
    }
    assert.ok(load.countOf("POOL_NOT_FOUND") >= 5);
    await load.stop();
    assert.deepEqual(load.failures, []);
  });
});

function pick({ leaseId, holderKey }: Acquired): Pick<Acquired, "leaseId" | "holderKey"> {
  return { leaseId, holderKey };
}
