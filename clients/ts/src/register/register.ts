// `node --import @portlease/client/register app.js`: from then on servers that listen on port 0, on the port of the environment or
// on a name lease their port from the broker. Only puts together; costs next to nothing until the first leased listen.

import { leaseAcquirer } from "./lease-acquirer.js";
import { atDisconnect, markAndTellRole } from "./cluster-role.js";
import { environmentPorts } from "./decision.js";
import { sayOnStderr } from "./notices.js";
import { passedPorts } from "./passed-ports.js";
import { patchDatagrams } from "./patch-datagrams.js";
import { patchServers } from "./patch-servers.js";
import { ProcessLeases } from "./process-leases.js";
import { registerSettings } from "./settings.js";
import { WithoutBroker } from "./without-broker.js";

/** Found under this key by every copy of this package in the process: a listen is leased once. */
const registeredKey = Symbol.for("@portlease/client register 1");

if (Reflect.get(globalThis, registeredKey) !== true) {
  Reflect.set(globalThis, registeredKey, true);
  register();
}

function register(): void {
  const { env } = process;
  const settings = registerSettings(env, process.argv[1]);
  const acquire = leaseAcquirer(settings, sayOnStderr);
  const world = {
    leases: new ProcessLeases(acquire, sayOnStderr),
    facts: {
      environmentPorts: environmentPorts(env),
      passed: passedPorts(env),
      processId: process.pid,
    },
    without: new WithoutBroker(settings.withoutBroker, sayOnStderr),
    primaryLeases: markAndTellRole(env),
  };
  const servers = patchServers(world);
  patchDatagrams(world, settings.udpPool !== null);
  atDisconnect(() => servers.closeAll());
}
