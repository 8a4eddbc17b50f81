// What "portlease serve" runs, in one module, so that it is loaded in one go when it is asked for, and by no other command.

export { thisWorld } from "../../src/server/config/config-world.js";
export { loadConfig } from "../../src/server/config/load-config.js";
export { loadLateParts } from "../../src/server/late-parts.js";
export { createLog } from "../../src/server/log.js";
export { startBroker } from "../../src/server/main.js";
