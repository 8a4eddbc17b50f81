// Puts keys that are no text, which no client of ours can.

import { credentials } from "@grpc/grpc-js";
import { KVClient, TxnRequest } from "#etcd/gen/etcd.js";

/** In as many transactions as it takes. */
export async function putBytes(endpoint: string, keys: readonly Buffer[]): Promise<void> {
  const client = new KVClient(endpoint, credentials.createInsecure());
  try {
    for (let first = 0; first < keys.length; first += 128) {
      const success = keys.slice(first, first + 128).map((key) => ({
        request: { $case: "requestPut" as const, value: { key, value: Buffer.from("x") } },
      }));
      const request = TxnRequest.fromPartial({ success });
      await new Promise<void>((resolve, reject) => {
        client.txn(request, (error) => (error === null ? resolve() : reject(error)));
      });
    }
  } finally {
    client.close();
  }
}
