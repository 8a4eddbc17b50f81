// Access lists in the text form of Windows (SDDL): made, and read for who is let in besides those who are trusted. Pure.
// https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format and ace-strings and sid-strings

/** LocalSystem and the Administrators group: they can take any folder, so an access list cannot keep them out. */
const trustedSids = new Set(["S-1-5-18", "S-1-5-32-544"]);

/** Stands for whoever creates a file, in entries that only new files inherit. */
const creatorOwner = "S-1-3-0";

/** The two-letter names that access lists of folders have, and how people call them. */
const aliases: Readonly<Record<string, readonly [sid: string, name: string]>> = {
  SY: ["S-1-5-18", "LocalSystem"],
  BA: ["S-1-5-32-544", "Administrators"],
  CO: [creatorOwner, "Creator Owner"],
  WD: ["S-1-1-0", "Everyone"],
  AU: ["S-1-5-11", "Authenticated Users"],
  BU: ["S-1-5-32-545", "Users"],
  BG: ["S-1-5-32-546", "Guests"],
  PU: ["S-1-5-32-547", "Power Users"],
  IU: ["S-1-5-4", "Interactive users"],
  SU: ["S-1-5-6", "Services"],
  AN: ["S-1-5-7", "Anonymous"],
  LS: ["S-1-5-19", "LocalService"],
  NS: ["S-1-5-20", "NetworkService"],
  AC: ["S-1-15-2-1", "All application packages"],
};

/** The built-in administrator of this machine: S-1-5-21-(machine)-500, which SDDL shortens to LA. */
const builtInAdministrator = /^S-1-5-21-.+-500$/;

/** Everything to LocalSystem, Administrators and this user, inherited by all that is in the folder; nothing from the parent. */
export function privateFolderSddl(userSid: string): string {
  const others = trustedSids.has(userSid) ? [] : [userSid];
  return `D:P${["SY", "BA", ...others].map((sid) => `(A;OICI;FA;;;${sid})`).join("")}`;
}

/**
 * Whom the access list lets in besides the trusted and this user, each once; `null` when the text is not understood. An owner,
 * where the text names one, counts: whoever made the folder first may change its list at any time.
 * https://learn.microsoft.com/windows/win32/secauthz/owner-of-a-new-object
 */
export function readersBesides(sddl: string, userSid: string): readonly string[] | null {
  const owner = ownerOf(sddl);
  if (sddl.startsWith("O:") && owner === null) return null;
  const list = /D:(?<flags>[A-Z_]*)(?<entries>\(.*)?$/.exec(sddl);
  if (list === null) return null;
  const { flags = "", entries = "" } = list.groups ?? {};
  if (flags.includes("NO_ACCESS_CONTROL")) return ["everybody (the folder has no access list)"];
  const found = new Set<string>();
  if (owner !== null && !isTrusted(owner, userSid)) found.add(`${nameOf(owner)} (owner)`);
  for (const entry of splitEntries(entries)) {
    const [type = "", , rights = "", , , sid = ""] = entry.split(";");
    if (sid === "") return null;
    // Allowed, also for objects and on conditions. The other types deny.
    if (!["A", "OA", "XA", "ZA"].includes(type)) continue;
    if (!isTrusted(sid, userSid)) found.add(`${nameOf(sid)} (${rights})`);
  }
  return [...found];
}

/** What stands for an owner that the text does not name. */
export const unknownOwner = "an owner that cannot be told";

/** The owner, as a phrase, when it is neither trusted nor this user; `null` when it is one of them. */
export function ownerBesides(sddl: string, userSid: string): string | null {
  const owner = ownerOf(sddl);
  if (owner === null) return unknownOwner;
  return isTrusted(owner, userSid) ? null : nameOf(owner);
}

/** As the text names it, in full or by an alias. */
function ownerOf(sddl: string): string | null {
  return /^O:(S-[\d-]+|[A-Z]{2})(?=[GDS]:|$)/.exec(sddl)?.[1] ?? null;
}

/** The texts between the outermost parentheses, up to where the access list ends: conditions have parentheses too. */
function splitEntries(text: string): readonly string[] {
  const entries: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === "(") {
      if (depth === 0) start = index + 1;
      depth += 1;
    } else if (character === ")") {
      depth -= 1;
      if (depth === 0) entries.push(text.slice(start, index));
    } else if (depth === 0) {
      break;
    }
  }
  return entries;
}

function nameOf(sid: string): string {
  return aliases[sid]?.[1] ?? sid;
}

function isTrusted(text: string, userSid: string): boolean {
  const sid = aliases[text]?.[0] ?? text;
  if (sid === "LA") return builtInAdministrator.test(userSid);
  return trustedSids.has(sid) || sid === userSid || sid === creatorOwner;
}
