// The facts of Windows under Wine: each says "no" on a machine where what it is about does not hold. The lab's guesses and
// faults make such machines.

import assert from "node:assert/strict";
import { Cleanup } from "#native/doctor/cleanup.js";
import type { Fact, FactAnswer } from "#native/doctor/fact.js";
import { startHelper } from "#native/doctor/helper-process.js";
import { administeredFacts } from "#native/doctor/windows/administered-facts.js";
import { bindingFacts } from "#native/doctor/windows/binding-facts.js";
import { handoffFacts } from "#native/doctor/windows/handoff-facts.js";
import { lifecycleFacts } from "#native/doctor/windows/lifecycle-facts.js";
import { persistentFacts } from "#native/doctor/windows/persistent-facts.js";
import { runtimeFacts } from "#native/doctor/windows/runtime-facts.js";
import { Win32Probe } from "#native/doctor/windows/win32-probe.js";
import { WindowsContext } from "#native/doctor/windows/windows-context.js";
import { loadWin32 } from "#native/win32/bindings.js";
import { netshPath, SystemNetsh } from "#native/win32/netsh.js";
import { Win32PrivateFolders } from "#native/win32/private-folders.js";
import { PortPool } from "../../wine/support/port-pool.js";

const facts: readonly Fact<WindowsContext>[] = [
  ...persistentFacts,
  ...bindingFacts,
  ...lifecycleFacts,
  ...runtimeFacts,
  ...administeredFacts,
  ...handoffFacts,
];

/** What is wrong with the machine, and what the fact must say of it. */
interface Planted {
  readonly fact: string;
  readonly fault?: Parameters<PortPool["fail"]>[0];
  readonly guess?: readonly [name: string, value: number];
  readonly result: FactAnswer["result"];
  readonly seen: RegExp;
}

const planted: readonly Planted[] = [
  {
    fact: "binding.explicit-ipv4",
    guess: ["explicit-bind-in-run", 10_022],
    result: "no",
    seen: /WSAEINVAL 10022/,
  },
  {
    fact: "binding.associate-any",
    fault: { api: "SIO_ASSOCIATE_PORT_RESERVATION", error: 10_045 },
    result: "no",
    seen: /SIO_ASSOCIATE_PORT_RESERVATION: WSAEOPNOTSUPP 10045/,
  },
  {
    fact: "persistent.tcp",
    fault: { api: "CreatePersistentTcpPortReservation", error: 50 },
    result: "no",
    seen: /create .*ERROR_NOT_SUPPORTED 50/,
  },
  {
    fact: "persistent.exact-run",
    fault: { api: "LookupPersistentTcpPortReservation", error: 87 },
    result: "no",
    seen: /lookup .*ERROR_INVALID_PARAMETER 87/,
  },
  {
    fact: "lifecycle.delete-while-bound",
    guess: ["delete-while-bound", 32],
    result: "no",
    seen: /delete .*ERROR_SHARING_VIOLATION 32/,
  },
  {
    fact: "lifecycle.shown-by-netsh",
    guess: ["netsh-shows-persistent", 2],
    result: "no",
    seen: /ipv4 with asterisk/,
  },
  {
    fact: "lifecycle.shown-by-netsh",
    guess: ["netsh-shows-persistent", 0],
    result: "no",
    seen: /not shown|no table/,
  },
  {
    fact: "runtime.in-use",
    guess: ["acquire-overlap", 10_013],
    result: "no",
    seen: /reserved .*WSAEACCES 10013/,
  },
  {
    fact: "runtime.associate-elsewhere",
    guess: ["associate-foreign-token", 0],
    result: "no",
    seen: /ok/,
  },
  {
    fact: "runtime.release-while-bound",
    guess: ["release-while-bound", 10_022],
    result: "no",
    seen: /release .*WSAEINVAL 10022/,
  },
  {
    fact: "administered.added",
    fault: { api: "netsh", error: 5 },
    result: "no",
    seen: /netsh adds no exclusion/,
  },
  {
    fact: "handoff.tcp",
    fault: { api: "WSADuplicateSocketW", error: 10_045 },
    result: "no",
    seen: /WSADuplicateSocketW: WSAEOPNOTSUPP 10045/,
  },
];

describe("The doctor's facts of Windows, where they do not hold", () => {
  const pool = PortPool.ofThisProcess();
  let context: WindowsContext;

  beforeEach(async () => {
    await pool.reset();
    const win32 = loadWin32();
    const folders = new Win32PrivateFolders(win32);
    const netsh = new SystemNetsh(netshPath(process.env));
    const parts = { win32, elevated: true, folders, netsh };
    context = new WindowsContext(parts, new Win32Probe(win32), new Cleanup(), startHelper);
  });

  afterEach("nothing is left behind", async () => {
    await pool.clearFaults();
    assert.deepEqual(await context.closeAll(), []);
    await context.end();
    assert.deepEqual((await pool.state()).reservations, []);
    await pool.reset();
  });

  it("what cannot be undone is told, by its ports and the error number", async () => {
    const { firstPort } = await context.persistentBlock(2);
    await pool.fail({ api: "DeletePersistentTcpPortReservation", error: 5, times: 1 });
    const told = await context.closeAll();
    assert.equal(told.length, 1);
    assert.match(
      told[0] ?? "",
      new RegExp(`reservation ${firstPort}, 2 ports: .*ERROR_ACCESS_DENIED 5`),
    );
    await pool.unreserve("tcp", firstPort, 2);
  });

  for (const { fact: id, fault, guess, ...expected } of planted) {
    const cause = fault === undefined ? guess?.join("=") : `${fault.api} fails with ${fault.error}`;
    it(`${id} says so where ${cause}`, async () => {
      if (fault !== undefined) await pool.fail(fault);
      if (guess !== undefined) await pool.guess(...guess);
      const fact = facts.find((one) => one.id === id);
      const { result, seen } = (await fact?.run(context)) ?? { result: "absent", seen: "" };
      assert.equal(result, expected.result, seen);
      assert.match(seen, expected.seen);
    });
  }
});
