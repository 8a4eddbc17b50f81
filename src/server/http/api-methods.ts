// The methods of the API by their paths, each with its guarded handler and its messages as JSON.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { MethodDefinition, StatusObject } from "@grpc/grpc-js";
import { createFileRegistry, fromBinary, type Registry } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { AnyHandler } from "../grpc/guard.js";
import type { GuardedService } from "../grpc/guarded-services.js";
import { type ConnectError, connectErrorOf } from "./connect-error.js";
import { JsonMethod } from "./json-method.js";

/** `duplex`: both sides stream, which plain HTTP requests cannot. */
export type MethodKind = "unary" | "server-stream" | "duplex";

export interface ApiMethod {
  readonly path: string;
  readonly kind: MethodKind;
  readonly definition: MethodDefinition<unknown, unknown>;
  readonly handler: AnyHandler;
  readonly json: JsonMethod;
}

export interface Api {
  /** By paths such as "/portlease.v1.AdminService/ListBlocks". */
  readonly methods: ReadonlyMap<string, ApiMethod>;
  readonly registry: Registry;
  /** As callers of these methods are told it. */
  readonly errorOf: (error: Partial<StatusObject>) => ConnectError;
}

export function openApi(services: readonly GuardedService[]): Api {
  const registry = readRegistry();
  const methods = services.flatMap(({ definition, handlers }) =>
    Object.entries(definition).flatMap(([name, method]): ApiMethod[] => {
      const handler = handlers[name] as AnyHandler | undefined;
      if (handler === undefined) return [];
      const [, serviceName = "", methodName = ""] = method.path.split("/");
      const found = registry
        .getService(serviceName)
        ?.methods.find((candidate) => candidate.name === methodName);
      if (found === undefined) throw new TypeError(`${method.path} is in no descriptor`);
      const json = new JsonMethod(method, found.input, found.output, registry);
      const kind = method.requestStream
        ? "duplex"
        : method.responseStream
          ? "server-stream"
          : "unary";
      return [{ path: method.path, kind, definition: method, handler, json }];
    }),
  );
  const byPath = new Map(methods.map((method) => [method.path, method]));
  return { methods: byPath, registry, errorOf: (error) => connectErrorOf(error, registry) };
}

function readRegistry(): Registry {
  const path = createRequire(import.meta.url).resolve("@portlease/proto/descriptor.binpb");
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(path)));
}
