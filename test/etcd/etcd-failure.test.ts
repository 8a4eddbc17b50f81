// What answers of etcd mean. Those of a real one are in the other tests; these are the ones that are hard to get.

import assert from "node:assert/strict";
import { status } from "@grpc/grpc-js";
import { meaningOf } from "#etcd/etcd-failure.js";

describe("an answer of etcd that is no success", () => {
  const answers = [
    [status.UNAVAILABLE, "etcdserver: no leader", "not-done"],
    [status.UNAVAILABLE, "etcdserver: request timed out", "unknown"],
    [status.UNAVAILABLE, "Connection dropped", "unknown"],
    [status.CANCELLED, "Call cancelled", "unknown"],
    [status.INTERNAL, "Received RST_STREAM with code 2", "unknown"],
    [status.UNKNOWN, "auth: revision in header is old", "token"],
    [status.INVALID_ARGUMENT, "etcdserver: revision of auth store is old", "token"],
    [status.INVALID_ARGUMENT, "etcdserver: user name is empty", "token"],
    [status.INVALID_ARGUMENT, "etcdserver: key is not provided", "refused"],
    [status.UNAUTHENTICATED, "etcdserver: invalid auth token", "token"],
    [status.OUT_OF_RANGE, "etcdserver: mvcc: required revision is a future revision", "compacted"],
    [status.RESOURCE_EXHAUSTED, "etcdserver: mvcc: database space exceeded", "no-space"],
    [status.RESOURCE_EXHAUSTED, "etcdserver: too many requests", "unknown"],
    [status.RESOURCE_EXHAUSTED, "grpc: received message larger than max (9 vs. 8)", "refused"],
    [status.DATA_LOSS, "etcdserver: corrupt cluster", "refused"],
    [status.UNIMPLEMENTED, "unknown service etcdserverpb.KV", "refused"],
  ] as const;
  for (const [code, details, meaning] of answers) {
    it(`means ${meaning} when it is ${status[code]}, ${details}`, () => {
      assert.equal(meaningOf({ code, details }), meaning);
    });
  }
});
