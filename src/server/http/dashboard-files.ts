// The dashboard's files, read once: what is not in this list does not exist, whatever a path says.

import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { extname, join, sep } from "node:path";
import { dashboardBytesMax, dashboardFilesMax } from "./limits.js";

export interface DashboardFile {
  readonly contentType: string;
  readonly content: Buffer;
  /** For the header of that name. */
  readonly etag: string;
  /** Its name changes with its content. */
  readonly hashed: boolean;
  /** Whether compression makes it smaller. */
  readonly text: boolean;
}

/** By paths such as "/assets/index-B1x2.js"; "/" is index.html. */
export type DashboardFiles = ReadonlyMap<string, DashboardFile>;

interface FileType {
  readonly contentType: string;
  readonly text: boolean;
}

const types: Readonly<Record<string, FileType>> = {
  ".html": { contentType: "text/html; charset=utf-8", text: true },
  ".js": { contentType: "text/javascript; charset=utf-8", text: true },
  ".css": { contentType: "text/css; charset=utf-8", text: true },
  ".svg": { contentType: "image/svg+xml", text: true },
  ".json": { contentType: "application/json", text: true },
  ".webmanifest": { contentType: "application/manifest+json", text: true },
  ".txt": { contentType: "text/plain; charset=utf-8", text: true },
  ".png": { contentType: "image/png", text: false },
  ".ico": { contentType: "image/x-icon", text: false },
  ".woff2": { contentType: "font/woff2", text: false },
};

/** Where Vite puts what it gives a hash: https://vite.dev/config/build-options#build-assetsdir */
const hashedFolder = "/assets/";

/** Empty when there is no such folder, or no index.html in it: it was not built. Throws when there is far more than a dashboard. */
export function readDashboardFiles(folder: string): DashboardFiles {
  const files = new Map<string, DashboardFile>();
  let bytes = 0;
  for (const name of namesIn(folder)) {
    const type = types[extname(name).toLowerCase()];
    if (type === undefined || !lstatSync(join(folder, name)).isFile()) continue;
    const content = readFileSync(join(folder, name));
    bytes += content.length;
    if (files.size >= dashboardFilesMax || bytes > dashboardBytesMax) {
      throw new RangeError(`${folder} has more than a dashboard: build it again`);
    }
    const path = `/${name.split(sep).join("/")}`;
    const etag = `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`;
    const file = { ...type, content, etag, hashed: path.startsWith(hashedFolder) };
    files.set(path === "/index.html" ? "/" : path, file);
  }
  return files.has("/") ? files : new Map();
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
