// Calls orders once a second, wherever it runs. An instance that does not answer is passed over.

import { setTimeout as pause } from "node:timers/promises";
import { ServiceFinder } from "./service-finder.js";

const fleet = process.env.FLEET_URL ?? "http://127.0.0.1:7611";
const finder = new ServiceFinder(fleet, { service: "orders", protocol: "PROTOCOL_TCP" });

async function call() {
  for (const address of await finder.addresses()) {
    try {
      const response = await fetch(`http://${address}/`, { signal: AbortSignal.timeout(1_000) });
      return (await response.text()).trim();
    } catch (error) {
      console.log(`${address} does not answer: ${error.cause?.code ?? error.message}`);
    }
  }
  return "orders runs nowhere";
}

for (;;) {
  console.log(await call().catch((error) => `nobody knows where orders runs: ${error.message}`));
  await pause(1_000);
}
