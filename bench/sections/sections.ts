// The sections, in the order in which they are measured.

import { callsSection } from "./calls.js";
import { clientStartSection } from "./client-start.js";
import { coldStartSection } from "./cold-start.js";
import { fanOutSection } from "./fan-out.js";
import { fullBrokerSection } from "./full-broker.js";
import { fullCoreSection } from "./full-core.js";
import { listingSection } from "./listing.js";
import { expirySection } from "./mass-expiry.js";
import { pickingSection } from "./picking.js";
import { proxySection } from "./proxy.js";
import type { Section } from "./section.js";

export const sections: readonly Section[] = [
  callsSection,
  listingSection,
  fanOutSection,
  pickingSection,
  expirySection,
  fullBrokerSection,
  fullCoreSection,
  coldStartSection,
  clientStartSection,
  proxySection,
];
