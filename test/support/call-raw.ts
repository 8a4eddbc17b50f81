// Calls with bytes and paths of the test's choice, outside of the generated clients.

import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { type RpcFailure, toRpcFailure } from "./rpc-failure.js";

/** The failure of a call that must fail. */
export function callRaw(
  address: string,
  path: string,
  request = Buffer.alloc(0),
  responseStream = false,
  token: string | null = null,
): Promise<RpcFailure> {
  const client = new Client(address, credentials.createInsecure());
  const metadata = new Metadata();
  if (token !== null) metadata.set("authorization", `Bearer ${token}`);
  const same = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve, reject) => {
    const finish = (failure: RpcFailure | null): void => {
      client.close();
      if (failure === null) reject(new Error(`${path} succeeded`));
      else resolve(failure);
    };
    if (!responseStream) {
      client.makeUnaryRequest(path, same, same, request, metadata, (error) =>
        finish(error && toRpcFailure(error)),
      );
      return;
    }
    const stream = client.makeServerStreamRequest(path, same, same, request, metadata);
    stream.on("error", (error) => finish(toRpcFailure(error as never)));
    stream.on("end", () => finish(null));
    stream.resume();
  });
}
