// Where servers that are measured keep their data.

import { join } from "node:path";
import { repositoryRoot } from "../../test/support/repository.js";

/** On the disk of the checkout, because /tmp is often no disk at all. */
export const dataParent = join(repositoryRoot, ".build");
