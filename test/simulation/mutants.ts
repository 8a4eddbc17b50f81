// Planted bugs: what a hurried change could do to broker, client or disk. Each must be found by the simulation within so many seeds;
// one that is not found shows that a promise is not watched. `find` is compiled code and must be there exactly once.

export interface Mutant {
  readonly name: string;
  /** Below dist/src/server, or below clients/ts/dist where it begins with "client/". */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Found within so many seeds from 1. */
  readonly seedsMax: number;
}

export const mutants: readonly Mutant[] = [
  {
    name: "a port that was let go for its lessee stays open to anybody",
    file: "domain/port-block.js",
    find: "this.#reservation.takeBackPort(",
    replace: "void (",
    seedsMax: 30,
  },
  {
    name: "a port that its lessee binds plainly is not let go",
    file: "domain/port-block.js",
    find: "this.#reservation.lendPort(",
    replace: "void (",
    seedsMax: 30,
  },
  {
    name: "a port is free again at once: no quarantine",
    file: "domain/port-block.js",
    find: "if (quarantineMs <= 0) {",
    replace: "if (true) {",
    seedsMax: 30,
  },
  {
    name: "quarantine ends with the broker's process",
    file: "blocks/rest-ports.js",
    find: "if (restMs > 0)",
    replace: "if (false)",
    seedsMax: 200,
  },
  {
    name: "a pinned port is given to anybody",
    file: "domain/pins.js",
    find: "this.#byPort.size === 0",
    replace: "true",
    seedsMax: 50,
  },
  {
    name: "a quota is not looked at",
    file: "domain/quotas.js",
    find: "used + portCount > limit",
    replace: "false",
    seedsMax: 50,
  },
  {
    name: "what operators changed is forgotten by a restart",
    file: "blocks/open-pools.js",
    find: "adjustedPolicy(policy, adjustment)",
    replace: "adjustedPolicy(policy, undefined)",
    seedsMax: 30,
  },
  {
    name: "a port that an operator pins is picked for others all the same",
    file: "domain/pool.js",
    find: "this.#setBands(hasBands(before));",
    replace: "",
    seedsMax: 30,
  },
  {
    name: "a quota that an operator sets is that of the configuration",
    file: "domain/pool.js",
    find: "this.quotas.changePolicy(policy);",
    replace: "",
    seedsMax: 30,
  },
  {
    name: "an operator is answered before the change is on disk",
    file: "domain/pool-policies.js",
    find: "await this.#book.commit(",
    replace: "void this.#book.commit(",
    seedsMax: 30,
  },
  {
    name: "a revocation is written down without the operator's words",
    file: "domain/ending.js",
    find: "revocation === undefined",
    replace: "true",
    seedsMax: 30,
  },
  {
    name: "nobody looks whether holders still live",
    file: "audit/holder-processes.js",
    find: "return this.#host.hasProcessEnded(process);",
    replace: "return false;",
    seedsMax: 100,
  },
  {
    name: "a lease expires a tenth early",
    file: "domain/lease-book.js",
    find: "this.clock.monotonicMs() + lease.record.ttlMs",
    replace: "this.clock.monotonicMs() + lease.record.ttlMs * 0.9",
    seedsMax: 30,
  },
  {
    name: "deadlines go with the wall clock",
    file: "domain/lease-book.js",
    find: "lease.deadlineMs > nowMs",
    replace:
      "lease.deadlineMs > nowMs + ((this.skew ??= this.clock.wallMs() - this.clock.monotonicMs()), this.clock.wallMs() - this.clock.monotonicMs() - this.skew)",
    seedsMax: 30,
  },
  {
    name: "answers come before the disk has it",
    file: "domain/journal.js",
    find: "await this.#store.commit(batch);",
    replace: "void this.#store.commit(batch).catch(() => undefined);",
    seedsMax: 5,
  },
  {
    name: "a release is answered before the disk has it",
    file: "domain/broker.js",
    find: 'await this.#ending.end(lease, "released");',
    replace: 'void this.#ending.end(lease, "released");',
    seedsMax: 10,
  },
  {
    name: "any key will do",
    file: "domain/broker.js",
    find: "!this.#book.keys.equal(lease.holderKey, holderKey)",
    replace: "false",
    seedsMax: 20,
  },
  {
    name: "holder keys change with each start",
    file: "holder-keys.js",
    find: ".update(leaseId)",
    replace: ".update(leaseId + (globalThis.keysMade = (globalThis.keysMade ?? 0) + 1))",
    seedsMax: 50,
  },
  {
    name: "a request_id is not remembered",
    file: "domain/granting.js",
    find: "if (fingerprint === null)",
    replace: "if (true)",
    seedsMax: 20,
  },
  {
    name: "an ended request is granted anew",
    file: "domain/granting.js",
    find: "this.#book.ended.find(fingerprint.key)?.lease",
    replace: "undefined",
    seedsMax: 200,
  },
  {
    name: "the operating system is not asked before a grant",
    file: "domain/port-block.js",
    find: 'if (check.state === "free")\n                continue;',
    replace: "if (check)\n                continue;",
    seedsMax: 100,
  },
  {
    name: "a taken port stays in the list of free ones",
    file: "domain/port-block.js",
    find: "this.#free.remove(offset + index);\n            this.#quarantine.interrupt",
    replace: "this.#quarantine.interrupt",
    seedsMax: 5,
  },
  {
    name: "memory does not follow the disk after a failed commit",
    file: "domain/recovery.js",
    find: "this.#readopt(state);",
    replace: "",
    seedsMax: 100,
  },
  {
    name: "what a failed commit left leased is never free again",
    file: "domain/recovery.js",
    find: "this.#restAllLeased(block);",
    replace: "",
    seedsMax: 100,
  },
  {
    name: "a restart gives no time at all",
    file: "domain/recovery.js",
    find: "nowMs + remainingMs + graceMs",
    replace: "nowMs + graceMs",
    seedsMax: 30,
  },
  {
    name: "time in which the broker could not listen is charged to leases",
    file: "domain/lease-clock.js",
    find: "this.#uncountedMs += gapMs - stallCountsMs;",
    replace: "",
    seedsMax: 50,
  },
  {
    name: "a renewal does not take the checkpoint back",
    file: "domain/checkpoints.js",
    find: "lease.record.remainingMs === null && !this.#sent.has(lease)",
    replace: "true",
    seedsMax: 400,
  },
  {
    name: "a renewal that waited for the disk counts from before",
    file: "domain/broker.js",
    find: "cleared.then(() => this.#book.extend(lease))",
    replace: "cleared",
    seedsMax: 300,
  },
  {
    name: "generations begin anew",
    file: "domain/granting.js",
    find: "generation: revision,",
    replace: "generation: 1 + (revision % 7),",
    seedsMax: 30,
  },
  {
    name: "a doubt about who is on an uncovered port ends its lease",
    file: "domain/cover-watch.js",
    find: 'verdict.state === "stranger"',
    replace: 'verdict.state !== "none"',
    seedsMax: 300,
  },
  {
    name: "client: a lease counts from the answer, not from the request",
    file: "client/lease-timing.js",
    find: "Math.min(sentAtMs + waitMs, answeredAtMs)",
    replace: "answeredAtMs",
    seedsMax: 400,
  },
  {
    name: "client: a renewal counts for more than the TTL",
    file: "client/lease-track.js",
    find: "deadlineMs: sentAtMs + ttlMs,",
    replace: "deadlineMs: sentAtMs + ttlMs * 1.2,",
    seedsMax: 200,
  },
  {
    name: "client: nobody hears of jeopardy",
    file: "client/lease-timing.js",
    find: "jeopardyAtMs: Math.min(deadlineMs - ttlMs * jeopardyLeftShare, deadlineMs - marginMs)",
    replace: "jeopardyAtMs: deadlineMs - marginMs",
    seedsMax: 30,
  },
  {
    name: "client: a lease is never lost by time",
    file: "client/lease-track.js",
    find: "nowMs < leaseMoments(track.deadlineMs, track.ttlMs).lostAtMs",
    replace: "true",
    seedsMax: 30,
  },
];
