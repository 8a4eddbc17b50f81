// What "portlease fleet" runs, in one module, so that it is loaded in one go when it is asked for, and by no other command.

export { loadFleetConfig } from "../../src/fleet/config/load-fleet-config.js";
export { startFleetServer } from "../../src/fleet/main.js";
export { thisWorld } from "../../src/server/config/config-world.js";
export { loadLateParts } from "../../src/server/late-parts.js";
export { createLog } from "../../src/server/log.js";
