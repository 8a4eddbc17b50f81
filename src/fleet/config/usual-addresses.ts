// Where a fleet server listens when nobody says otherwise: beside the broker that its host may have.

import type { ListenAddress } from "../../server/config/listen-address.js";

/** The documentation and --help name both. */
export const usualAddress: ListenAddress = { host: "127.0.0.1", port: 7_610 };
export const usualHttpAddress: ListenAddress = { host: "127.0.0.1", port: 7_611 };
