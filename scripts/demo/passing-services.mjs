// Services that come and go on one host, as anybody would write them: each leases a port, serves on it for a while, and gives it back.
// Used by the fleet's demo. node passing-services.mjs COUNT SEED, with the broker in PORTLEASE_ADDRESS. Ends with SIGTERM.
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { LeaseClient } from "@portlease/client";

const names = ["orders", "carts", "users", "search", "billing", "media"];
const ttlMs = 10_000;

const [, , countText, seedText] = process.argv;
const count = Number(countText);
let seed = Number(seedText) + 1;

/** The same story each time: a linear congruential generator, https://en.wikipedia.org/wiki/Linear_congruential_generator */
function random(from, to) {
  seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
  return from + Math.floor((seed / 2 ** 32) * (to - from));
}

const client = new LeaseClient();
const ending = new AbortController();
process.once("SIGTERM", () => ending.abort());
process.once("SIGINT", () => ending.abort());
const { signal } = ending;

async function serve(name, instance) {
  const lease = await client.acquire({
    service: name,
    instance,
    labels: { version: `1.${random(0, 4)}` },
    ttlMs,
  });
  const server = createServer((_request, response) => response.end(`hello from ${name}\n`));
  await lease.listen(server);
  await pause(random(4_000, 30_000), null, { signal }).catch(() => undefined);
  server.close();
  server.closeAllConnections();
  await once(server, "close");
  await lease.release();
}

async function comeAndGo(place) {
  for (let round = 1; !signal.aborted; round += 1) {
    try {
      await serve(names[random(0, names.length)], `${place}-${round}`);
    } catch (error) {
      if (!signal.aborted) console.error(error.message);
    }
    await pause(random(200, 3_000), null, { signal }).catch(() => undefined);
  }
}

await Promise.all(Array.from({ length: count }, (_, place) => comeAndGo(place)));
await client.close();
