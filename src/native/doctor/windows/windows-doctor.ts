// The doctor of Windows, put together.

import { release } from "node:os";
import { loadWin32 } from "../../win32/bindings.js";
import { netshPath, SystemNetsh } from "../../win32/netsh.js";
import { openWin32HostPorts } from "../../win32/open.js";
import { Win32PrivateFolders } from "../../win32/private-folders.js";
import { type Doctor, doctorOf } from "../doctor.js";
import type { Fact } from "../fact.js";
import type { Probe } from "../probe.js";
import { administeredFacts } from "./administered-facts.js";
import { bindingFacts } from "./binding-facts.js";
import { exclusiveFacts } from "./exclusive-facts.js";
import { handoffFacts } from "./handoff-facts.js";
import { lifecycleFacts } from "./lifecycle-facts.js";
import { nodeFacts } from "./node-facts.js";
import { peerFacts } from "./peer-facts.js";
import { persistentFacts } from "./persistent-facts.js";
import { rightsFacts } from "./rights-facts.js";
import { runtimeFacts } from "./runtime-facts.js";
import { Win32Probe } from "./win32-probe.js";
import { WindowsContext } from "./windows-context.js";

export const windowsFacts: readonly Fact<WindowsContext>[] = [
  ...rightsFacts,
  ...persistentFacts,
  ...bindingFacts,
  ...lifecycleFacts,
  ...runtimeFacts,
  ...administeredFacts,
  ...handoffFacts,
  ...nodeFacts,
  ...exclusiveFacts,
  ...peerFacts,
];

export function openWindowsDoctor(): Doctor {
  const win32 = loadWin32();
  const { elevated, autoKind } = openWin32HostPorts().capabilities();
  const folders = new Win32PrivateFolders(win32);
  const parts = { win32, elevated, folders, netsh: new SystemNetsh(netshPath(process.env)) };
  return doctorOf({
    platform: "win32",
    release: release(),
    elevated,
    kinds: ["persistent", "runtime", "administered"],
    autoKind,
    facts: windowsFacts,
    openProbe: () => new Win32Probe(win32),
    newContext: (...base) => new WindowsContext(parts, ...base),
  });
}

export function openWindowsProbe(): Probe {
  return new Win32Probe(loadWin32());
}
