// Every method, called by everybody, over every kind of connection: exactly what the table of docs/security.md says may pass. By HTTP
// over TLS: access-matrix-http.deep.test.ts.

import { callerNames, everyMethod } from "../support/access-matrix.js";
import { OpenWorld, worlds } from "../support/access-worlds.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

describe("who may call what", () => {
  const newDirectory = temporaryDirectories();

  for (const world of worlds) {
    describe(world.title, () => {
      let open: OpenWorld;

      before(async () => {
        open = await OpenWorld.open(world, newDirectory());
      });

      after(() => open.close());

      for (const name of callerNames) {
        it(`lets ${name} call exactly what the document says`, () =>
          open.checkGrpc(name, everyMethod));
        if (world.secured) continue;
        it(`lets ${name} call exactly the same by HTTP`, () => open.checkHttp(name, everyMethod));
      }
    });
  }
});
