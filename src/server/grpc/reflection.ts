// Server reflection, v1 and v1alpha, from the committed descriptor set: every comment of the proto files is in it, so that
// "grpcurl describe" is the manual, and the error details are in it, so that grpcurl prints them by name.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type {
  MethodDefinition,
  Server,
  ServiceDefinition,
  UntypedHandleCall,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type { PackageDefinition } from "@grpc/proto-loader";
import type * as reflection from "@grpc/reflection";
import { once } from "../once.js";

const require = createRequire(import.meta.url);

/** What every server of ours serves besides. */
const healthService = "grpc.health.v1.Health";

/** The same service by two names: https://github.com/grpc/grpc-proto/tree/master/grpc/reflection */
const versions = ["grpc.reflection.v1", "grpc.reflection.v1alpha"] as const;

type AnyMethod = MethodDefinition<unknown, unknown>;

interface OpenMethod {
  readonly definition: AnyMethod;
  readonly handler: UntypedHandleCall;
}

/**
 * `services`: what is listed, with their packages. The descriptors of all services can be asked for. Nothing of it is loaded before
 * the first call: it brings a second protobuf library, and indexes all comments, for a tenth of a second that no start should take.
 */
export function addReflection(server: Server, services: readonly string[]): void {
  const open = once(() => openReflection([...services, healthService]));
  for (const version of versions) {
    const path = `/${version}.ServerReflection/ServerReflectionInfo`;
    const method = (): OpenMethod => openMethod(open(), path);
    // @grpc/reflection is CommonJS: it can be loaded in the middle of a call.
    const definition: AnyMethod = {
      path,
      requestStream: true,
      responseStream: true,
      requestSerialize: (value) => method().definition.requestSerialize(value),
      requestDeserialize: (bytes) => method().definition.requestDeserialize(bytes),
      responseSerialize: (value) => method().definition.responseSerialize(value),
      responseDeserialize: (bytes) => method().definition.responseDeserialize(bytes),
    };
    const handler = (call: unknown): unknown => Reflect.apply(method().handler, undefined, [call]);
    server.addService({ info: definition }, { info: handler as UntypedHandleCall });
  }
}

/** By their paths. */
function openReflection(services: readonly string[]): ReadonlyMap<string, OpenMethod> {
  const { ReflectionService } = require("@grpc/reflection") as typeof reflection;
  const descriptors = readFileSync(require.resolve("@portlease/proto/descriptor.binpb"));
  const api = { fileDescriptorProtos: splitDescriptorSet(descriptors) };
  // proto-loader's own loadFileDescriptorSetFromBuffer would drop the comments; the service reads only fileDescriptorProtos.
  const definition = { "portlease.v1": api } as unknown as PackageDefinition;
  const methods = new Map<string, OpenMethod>();
  // All that the service asks of a server.
  const server = {
    addService: (offered: ServiceDefinition, implementation: UntypedServiceImplementation) => {
      for (const [name, method] of Object.entries(offered)) {
        const handler = implementation[name];
        if (handler !== undefined) methods.set(method.path, { definition: method, handler });
      }
    },
  };
  new ReflectionService(definition, { services: [...services] }).addToServer(server);
  return methods;
}

function openMethod(methods: ReadonlyMap<string, OpenMethod>, path: string): OpenMethod {
  const method = methods.get(path);
  if (method === undefined) throw new TypeError(`${path} is not served by @grpc/reflection`);
  return method;
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
