// The calls of access-matrix.test.ts by HTTP over TLS. Each makes a connection of its own, so that this takes a while.

import { callerNames, everyMethod } from "../support/access-matrix.js";
import { OpenWorld, worlds } from "../support/access-worlds.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

describe("who may call what by HTTP", function () {
  this.timeout(120_000);
  const newDirectory = temporaryDirectories();

  for (const world of worlds.filter(({ secured }) => secured)) {
    describe(world.title, () => {
      let open: OpenWorld;

      before(async () => {
        open = await OpenWorld.open(world, newDirectory());
      });

      after(() => open.close());

      for (const name of callerNames) {
        it(`lets ${name} call exactly what the document says`, () =>
          open.checkHttp(name, everyMethod));
      }
    });
  }
});
