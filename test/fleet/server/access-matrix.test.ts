// Every method of FleetService, called by everybody, over every kind of connection: exactly what the table of docs/security.md says
// may pass.

import { callerNames, everyFleetMethod } from "../../support/access-matrix.js";
import { OpenWorld, serveFleet, worlds } from "../../support/access-worlds.js";
import { temporaryDirectories } from "../../support/temporary-directory.js";

describe("who may ask a fleet server what", () => {
  const newDirectory = temporaryDirectories();

  for (const world of worlds) {
    describe(world.title, () => {
      let open: OpenWorld;

      before(async () => {
        open = await OpenWorld.open(world, newDirectory(), serveFleet);
      });

      after(() => open.close());

      for (const name of callerNames) {
        it(`lets ${name} call exactly what the document says`, () =>
          open.checkGrpc(name, everyFleetMethod));
        it(`lets ${name} call exactly the same by HTTP`, () =>
          open.checkHttp(name, everyFleetMethod));
      }
    });
  }
});
