// The pick policies by their names in the configuration.

import type { Random } from "./boundaries.js";
import { compact } from "./compact.js";
import { leastRecentlyUsed } from "./least-recently-used.js";
import type { PickPolicy } from "./pick-policy.js";
import type { PickPolicyName } from "./pool-policy.js";
import { RandomPick } from "./random-pick.js";

export function pickPolicies(random: Random): Readonly<Record<PickPolicyName, PickPolicy>> {
  return { "least-recently-used": leastRecentlyUsed, compact, random: new RandomPick(random) };
}
