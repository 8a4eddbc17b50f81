// Writes docs/grpcurl.md out of the recipes in test/support/recipes. Build first: npm run build.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { grpcurlPage } from "../.build/test/support/recipes/grpcurl-page.js";

const page = fileURLToPath(new URL("../docs/grpcurl.md", import.meta.url));
const options = await resolveConfig(page);
writeFileSync(page, await format(grpcurlPage(), { ...options, parser: "markdown" }));
