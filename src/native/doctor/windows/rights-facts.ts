// What this process may do on this host, and which calls its Windows has.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NativeError } from "../../native-error.js";
import { errors } from "../../win32/error-table.js";
import { type Fact, skipped, unknown, yesIf } from "../fact.js";
import type { WindowsContext } from "./windows-context.js";

/** A Lookup that finds nothing: exported functions answer it with an error number, missing ones throw. */
const nothing = { firstPort: 1, portCount: 1 } as const;

export const rightsFacts: readonly Fact<WindowsContext>[] = [
  {
    id: "rights.elevated",
    title: "This process is elevated (administrator or LocalSystem)",
    neededBy: ["persistent", "administered"],
    source:
      "https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-createpersistenttcpportreservation",
    run: ({ elevated }) => Promise.resolve(yesIf(elevated, elevated ? "elevated" : "not elevated")),
  },
  {
    id: "rights.exports",
    title: "iphlpapi.dll has the reservation calls of TCP and UDP",
    neededBy: ["persistent"],
    source:
      "https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-lookuppersistenttcpportreservation",
    run: ({ reservations }) => {
      try {
        reservations.lookup("tcp", nothing);
        reservations.lookup("udp", nothing);
        // With count 0 nothing can be made or removed.
        const made = reservations.create("tcp", { firstPort: 1, portCount: 0 });
        const gone = reservations.delete("tcp", { firstPort: 1, portCount: 0 });
        return Promise.resolve(yesIf(!made.ok && !gone.ok, "all six answer"));
      } catch (error) {
        if (!(error instanceof NativeError)) throw error;
        return Promise.resolve(yesIf(false, error.message));
      }
    },
  },
  {
    id: "rights.lookup",
    title: "LookupPersistent...PortReservation needs no rights",
    neededBy: [],
    source:
      "https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-lookuppersistenttcpportreservation (no error for rights is listed)",
    run: ({ reservations, elevated }) => {
      if (elevated) return Promise.resolve(skipped("only a process without elevation can tell"));
      const found = reservations.lookup("tcp", nothing);
      const number = found.ok ? 0 : found.errorNumber;
      return Promise.resolve(yesIf(number !== errors.ERROR_ACCESS_DENIED, `error ${number}`));
    },
  },
  {
    id: "rights.data-folder",
    title: "A folder can be made that only this user, administrators and the system get at",
    neededBy: ["persistent", "runtime", "administered"],
    source: "https://learn.microsoft.com/windows/win32/secauthz/dacls-and-aces",
    run: ({ folders, cleanup }) => {
      const parent = mkdtempSync(join(tmpdir(), "portlease-doctor-"));
      cleanup.add(`the folder ${parent}`, () => rmSync(parent, { recursive: true, force: true }));
      const folder = join(parent, "private");
      folders.makePrivate(folder);
      const others = folders.widerRights(folder);
      if (others === null) return Promise.resolve(unknown("its access list cannot be read"));
      const seen = others.length === 0 ? "nobody else" : others.join(", ");
      return Promise.resolve(yesIf(others.length === 0, seen));
    },
  },
];
