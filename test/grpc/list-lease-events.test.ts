// ListLeaseEvents over real gRPC on an imaginary host: who had which port when, and what is not known.

import assert from "node:assert/strict";
import {
  type DeepPartial,
  ListLeaseEventsRequest,
  type ListLeaseEventsResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { Timestamp } from "@portlease/proto/google/protobuf/timestamp.js";
import { callRaw } from "../support/call-raw.js";
import { type ImaginaryBroker, startImaginaryBroker } from "../support/imaginary-broker.js";
import { type Acquired, fromMs, unary } from "../support/lease-caller.js";
import { failureOf } from "../support/rpc-failure.js";
import { inShort } from "../support/watch-caller.js";

const minuteMs = 60_000;
/** https://protobuf.dev/programming-guides/encoding/#structure */
const lengthDelimited = 2;

describe("ListLeaseEvents", () => {
  let imaginary: ImaginaryBroker;
  let startMs: number;

  beforeEach(async () => {
    imaginary = await startImaginaryBroker();
    startMs = imaginary.clock.wallMs();
  });
  afterEach(() => imaginary.stop());

  type Asked = DeepPartial<ListLeaseEventsRequest>;
  const list = (fields: Asked = {}): Promise<ListLeaseEventsResponse> => {
    const client = imaginary.caller.adminClient;
    return unary(client.listLeaseEvents.bind(client), ListLeaseEventsRequest.fromPartial(fields));
  };
  const minute = (count: number): Date => new Date(startMs + count * minuteMs);
  const pass = (): void => imaginary.clock.advance(minuteMs);
  const acquire = (service: string, port = 20_000): Promise<Acquired> =>
    imaginary.caller.acquire({
      holder: { service },
      preferredPort: port,
      ttl: fromMs(3_600_000),
    });
  const shown = ({ events }: ListLeaseEventsResponse): string[] =>
    events.map((event) => `${inShort(event)} ${event.lease?.holder?.service}`);

  /** a has port 20000 in minute 0, b from minute 2 to 4, c since minute 5; d has 20001 since minute 0. */
  async function threeHolders(): Promise<void> {
    const a = await acquire("a");
    await acquire("d", 20_001);
    pass();
    await imaginary.caller.release(a);
    pass();
    const b = await acquire("b");
    pass();
    await imaginary.caller.renew({ ...b, ttl: fromMs(1_800_000) });
    pass();
    await imaginary.caller.release(b);
    pass();
    await acquire("c");
  }

  it("lists everything, oldest first, in pages", async () => {
    await threeHolders();
    const expected = [
      "GRANTED 20000 a",
      "GRANTED 20001 d",
      "ENDED 20000 a",
      "GRANTED 20000 b",
      "TTL_CHANGED 20000 b",
      "ENDED 20000 b",
      "GRANTED 20000 c",
    ];
    assert.deepEqual(shown(await list()), expected);
    const listed: string[] = [];
    let pageToken = "";
    let pages = 0;
    do {
      const page = await list({ pageSize: 3, pageToken });
      listed.push(...shown(page));
      pageToken = page.nextPageToken;
      pages += 1;
    } while (pageToken !== "");
    assert.deepEqual(listed, expected);
    assert.equal(pages, 3);
  });

  it("finds by port, service, lease and time", async () => {
    await threeHolders();
    assert.deepEqual(shown(await list({ port: 20_001 })), ["GRANTED 20001 d"]);
    assert.deepEqual(shown(await list({ service: "a" })), ["GRANTED 20000 a", "ENDED 20000 a"]);
    const [first] = (await list()).events;
    assert.equal((await list({ leaseId: first?.lease?.leaseId ?? "" })).events.length, 2);
    const within = await list({ fromTime: minute(2), toTime: minute(3) });
    assert.deepEqual(shown(within), ["GRANTED 20000 b"]);
    assert.deepEqual(shown(await list({ service: "a", port: 20_001 })), []);
  });

  it("says who had a port at a time, with what became of the lease", async () => {
    await threeHolders();
    const at = async (count: number) => shown(await list({ port: 20_000, atTime: minute(count) }));
    assert.deepEqual(await at(0.5), ["GRANTED 20000 a", "ENDED 20000 a"]);
    assert.deepEqual(await at(1), [], "the moment of its end is no more its own");
    assert.deepEqual(await at(1.5), []);
    const b = ["GRANTED 20000 b", "TTL_CHANGED 20000 b", "ENDED 20000 b"];
    assert.deepEqual(await at(2), b);
    assert.deepEqual(await at(3.5), b);
    assert.deepEqual(await at(5), ["GRANTED 20000 c"]);
    assert.deepEqual(await at(500), ["GRANTED 20000 c"]);
  });

  it("knows a lease that is older than history by its later changes, or because it lives", async () => {
    await threeHolders();
    // Forgets the grants of a, d and b.
    imaginary.store.forgetChanges(4);
    const b = await list({ port: 20_000, atTime: minute(2.5) });
    assert.deepEqual(shown(b), ["GRANTED 20000 b", "TTL_CHANGED 20000 b", "ENDED 20000 b"]);
    assert.equal(b.events[0]?.revision, 4n);
    assert.equal(b.events[0]?.eventTime?.getTime(), minute(2).getTime());
    assert.match(b.events[0]?.detail ?? "", /older than the kept history/);
    assert.equal(b.events[1]?.detail, "");
    const d = await list({ port: 20_001, atTime: minute(4) });
    assert.deepEqual(shown(d), ["GRANTED 20001 d"]);
    assert.equal(d.events[0]?.revision, 2n);
  });

  it("says from when on it knows anything, so that no answer is taken for nobody (semantics 5)", async () => {
    assert.equal((await list()).knownSince?.getTime(), startMs, "nothing but the present");
    await threeHolders();
    assert.equal((await list()).knownSince?.getTime(), startMs);
    imaginary.store.forgetChanges(3);
    const { events, knownSince } = await list({ port: 20_000, atTime: minute(0.5) });
    assert.deepEqual(events, []);
    assert.equal(knownSince?.getTime(), minute(2).getTime());
    assert.equal((await list({ service: "a" })).knownSince?.getTime(), minute(2).getTime());
  });

  it("refuses what makes no sense", async () => {
    await threeHolders();
    const { nextPageToken: pageToken } = await list({ pageSize: 1 });
    for (const [fields, reason, field] of [
      [{ port: 65_536 }, "FIELD_INVALID", "port"],
      [{ leaseId: "x".repeat(33) }, "FIELD_INVALID", "lease_id"],
      [{ service: "x".repeat(129) }, "FIELD_INVALID", "service"],
      [{ atTime: minute(1) }, "FIELD_INVALID", "port"],
      [{ port: 1, service: "a", atTime: minute(1) }, "FIELD_INVALID", "at_time"],
      [{ port: 1, fromTime: minute(0), atTime: minute(1) }, "FIELD_INVALID", "at_time"],
      [{ pageSize: -1 }, "FIELD_INVALID", "page_size"],
      [{ pageToken, port: 20_000 }, "PAGE_TOKEN_INVALID", "page_token"],
      [{ pageToken: "x" }, "PAGE_TOKEN_INVALID", "page_token"],
    ] as const) {
      const failure = await failureOf(list(fields));
      assert.equal(failure.reason, reason, JSON.stringify(fields));
      assert.equal(failure.details.badRequest?.fieldViolations[0]?.field, field);
    }
  });

  it("refuses a time that no calendar has", async () => {
    const address = imaginary.caller.adminClient.getChannel().getTarget();
    const never = Timestamp.encode({ seconds: 2n ** 60n, nanos: 0 }).finish();
    for (const [number, field] of [
      [6, "from_time"],
      [7, "to_time"],
      [8, "at_time"],
    ] as const) {
      const port = ListLeaseEventsRequest.encode(
        ListLeaseEventsRequest.fromPartial({ port: 20_000 }),
      ).finish();
      const head = [(number << 3) | lengthDelimited, never.length];
      const request = Buffer.concat([port, Buffer.from(head), never]);
      const path = "/portlease.v1.AdminService/ListLeaseEvents";
      const failure = await callRaw(address, path, request);
      assert.equal(failure.reason, "FIELD_INVALID");
      assert.equal(failure.details.badRequest?.fieldViolations[0]?.field, field);
    }
  });

  it("never shows a key, a token or a request id", async () => {
    const lease = await imaginary.caller.acquire({ requestId: "a-secret-request-id" });
    const text = JSON.stringify(await list(), (_key, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
    assert.ok(!text.includes(lease.holderKey));
    assert.ok(!text.includes("secret-request"));
  });
});
