// Server reflection, v1 and v1alpha, from the committed descriptor set: every comment of the proto files is in it, so that
// "grpcurl describe" is the manual, and the error details are in it, so that grpcurl prints them by name.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Server } from "@grpc/grpc-js";
import type { PackageDefinition } from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";

const descriptorPath = createRequire(import.meta.url).resolve("@portlease/proto/descriptor.binpb");

/** What every server of ours serves besides. */
const healthService = "grpc.health.v1.Health";

/** `services`: what is listed, with their packages. The descriptors of all services can be asked for. */
export function addReflection(server: Server, services: readonly string[]): void {
  const api = { fileDescriptorProtos: splitDescriptorSet(readFileSync(descriptorPath)) };
  // proto-loader's own loadFileDescriptorSetFromBuffer would drop the comments; the service reads only fileDescriptorProtos.
  const definition = { "portlease.v1": api } as unknown as PackageDefinition;
  const listed = { services: [...services, healthService] };
  new ReflectionService(definition, listed).addToServer(server);
}

/**
 * The FileDescriptorProto messages of a FileDescriptorSet, which is nothing but "repeated FileDescriptorProto file = 1":
 * https://github.com/protocolbuffers/protobuf/blob/main/src/google/protobuf/descriptor.proto
 */
export function splitDescriptorSet(bytes: Uint8Array): Buffer[] {
  const lengthDelimitedField1 = 0x0a;
  const files: Buffer[] = [];
  let position = 0;
  while (position < bytes.length) {
    if (bytes[position] !== lengthDelimitedField1) throw new TypeError("not a FileDescriptorSet");
    position += 1;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[position] ?? 0;
      position += 1;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    files.push(Buffer.from(bytes.subarray(position, position + length)));
    position += length;
  }
  return files;
}
