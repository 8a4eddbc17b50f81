// What is known of a lease's ports before anybody has looked.

import type { LeaseRecord } from "./records.js";

export type Observation = Pick<LeaseRecord, "binding" | "everBound" | "covered">;

export const unobserved: Observation = { binding: "unknown", everBound: false, covered: true };
