// Between the words of etcd.ts and the messages of etcd's API.

import type {
  Compare,
  KeyValue,
  Operation,
  RangePage,
  RangeRequest,
  Transaction,
  TransactionResult,
  WatchEvent,
} from "./etcd.js";
import * as wire from "./gen/etcd.js";

/** All keys that begin with it, as etcd has ranges: from `key` on, before `rangeEnd`. */
export function rangeOf(prefix: string): { readonly key: Buffer; readonly rangeEnd: Buffer } {
  // etcd takes no empty key; "\0" is the first one there can be, and stands for "no end".
  if (prefix === "") return { key: Buffer.from([0]), rangeEnd: Buffer.from([0]) };
  const key = Buffer.from(prefix);
  const rangeEnd = Buffer.from(key);
  // UTF-8 has no byte 0xff, so that the last one can always be made greater.
  const last = rangeEnd.length - 1;
  rangeEnd[last] = (rangeEnd[last] ?? 0) + 1;
  return { key, rangeEnd };
}

export function toRange(request: RangeRequest): wire.RangeRequest {
  const { key, rangeEnd } = rangeOf(request.prefix);
  return wire.RangeRequest.create({
    // The next key there can be.
    key: request.after === undefined ? key : Buffer.from(`${request.after}\0`),
    rangeEnd,
    limit: BigInt(request.limit ?? 0),
    revision: request.revision ?? 0n,
    keysOnly: request.keysOnly ?? false,
  });
}

export function fromRange(response: wire.RangeResponse): RangePage {
  return {
    entries: response.kvs.map(fromKeyValue),
    more: response.more,
    revision: response.header?.revision ?? 0n,
  };
}

export function toTransaction(transaction: Transaction): wire.TxnRequest {
  return wire.TxnRequest.create({
    compare: transaction.when.map(toCompare),
    success: transaction.success.map(toOperation),
    failure: (transaction.failure ?? []).map(toOperation),
  });
}

export function fromTransaction(response: wire.TxnResponse): TransactionResult {
  const found = response.responses.flatMap(({ response: each }) => {
    if (each?.$case !== "responseRange") return [];
    const [entry] = each.value.kvs;
    return [entry === undefined ? null : fromKeyValue(entry)];
  });
  return {
    succeeded: response.succeeded,
    revision: response.header?.revision ?? 0n,
    found,
  };
}

/** Nothing is changed by it. */
export function onlyReads({ success, failure = [] }: Transaction): boolean {
  return [...success, ...failure].every((operation) => "get" in operation);
}

export function fromEvent({ type, kv }: wire.Event): WatchEvent {
  const entry = fromKeyValue(kv ?? wire.KeyValue.create());
  return type === wire.Event_EventType.DELETE
    ? { type: "delete", key: entry.key, modRevision: entry.modRevision }
    : { type: "put", entry };
}

export function revisionOf(event: WatchEvent): bigint {
  return event.type === "put" ? event.entry.modRevision : event.modRevision;
}

function fromKeyValue(entry: wire.KeyValue): KeyValue {
  return {
    key: entry.key.toString(),
    value: entry.value,
    modRevision: entry.modRevision,
    createRevision: entry.createRevision,
    leaseId: entry.lease,
  };
}

function toCompare(compare: Compare): wire.Compare {
  const key = Buffer.from(compare.key);
  const result = wire.Compare_CompareResult.EQUAL;
  const targets = wire.Compare_CompareTarget;
  if ("leaseId" in compare) {
    const targetUnion = { $case: "lease", value: compare.leaseId } as const;
    return { key, result, target: targets.LEASE, targetUnion };
  }
  if ("modRevision" in compare) {
    const targetUnion = { $case: "modRevision", value: compare.modRevision } as const;
    return { key, result, target: targets.MOD, targetUnion };
  }
  const targetUnion = { $case: "createRevision", value: compare.createRevision } as const;
  return { key, result, target: targets.CREATE, targetUnion };
}

function toOperation(operation: Operation): wire.RequestOp {
  if ("put" in operation) {
    const value = wire.PutRequest.create({
      key: Buffer.from(operation.put),
      value: Buffer.from(operation.value),
      lease: operation.leaseId ?? 0n,
    });
    return { request: { $case: "requestPut", value } };
  }
  if ("get" in operation) {
    const value = wire.RangeRequest.create({ key: Buffer.from(operation.get) });
    return { request: { $case: "requestRange", value } };
  }
  const value =
    "delete" in operation
      ? wire.DeleteRangeRequest.create({ key: Buffer.from(operation.delete) })
      : wire.DeleteRangeRequest.create(rangeOf(operation.deletePrefix));
  return { request: { $case: "requestDeleteRange", value } };
}
