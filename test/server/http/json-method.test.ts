// Messages as JSON: one that goes to many readers is written once.

import assert from "node:assert/strict";
import {
  AdminServiceService,
  WatchBrokerResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { openApi } from "#server/http/api-methods.js";
import { JsonMethod } from "#server/http/json-method.js";

describe("JsonMethod", () => {
  const { registry } = openApi([]);
  const service = registry.getService("portlease.v1.AdminService");
  const descriptor =
    service?.methods.find(({ name }) => name === "WatchBroker") ?? assert.fail("no method");

  it("writes a message that many readers get once, and each message as it is", () => {
    let written = 0;
    const definition = {
      ...AdminServiceService.watchBroker,
      responseSerialize: (message: unknown): Buffer => {
        written += 1;
        return AdminServiceService.watchBroker.responseSerialize(message as never);
      },
    };
    const { input, output } = descriptor;
    const method = new JsonMethod(definition as never, input, output, registry);
    const messages = [7n, 8n].map((revision) => WatchBrokerResponse.fromPartial({ revision }));
    const texts = [...messages, ...messages].map((message) => method.writeShared(message));
    assert.deepEqual(
      texts.map((text) => (JSON.parse(text) as { revision: string }).revision),
      ["7", "8", "7", "8"],
    );
    assert.equal(written, 2);
  });
});
