// Which services a server lists by reflection: https://github.com/grpc/grpc/blob/master/doc/server-reflection.md

import { Client, credentials } from "@grpc/grpc-js";

/** list_services = 7 of ServerReflectionRequest, with "*". */
const listServices = Buffer.from([0x3a, 1, 0x2a]);

/** In alphabetical order. `version`: of the protocol. */
export function listedServices(address: string, version: "v1" | "v1alpha"): Promise<string[]> {
  const client = new Client(address, credentials.createInsecure());
  const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
  const same = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve, reject) => {
    const call = client.makeBidiStreamRequest(path, same, same);
    call.on("error", reject);
    call.on("end", () => client.close());
    call.on("data", (answer: Buffer) => {
      // Each name stands behind its length, which is no letter.
      const names = answer.toString("latin1").match(/(?:portlease|grpc)\.[\w.]+/g) ?? [];
      resolve(names.toSorted());
    });
    call.write(listServices);
    call.end();
  });
}
