// Which way the ports of a program go to it: the one that the user names, or the platform's own.

import type { ChildLauncher } from "./child-launcher.js";
import type { HandoverName, HandoverWay, LeasedPort } from "./handover.js";
import { bindableByNumber, numberWay } from "./number-handover.js";

export type HandoverChoice = "auto" | HandoverName;

/**
 * "auto" on Linux: sockets, always. On Windows, where few programs ask for sockets: by number where that is enough, else sockets.
 */
export function chooseHandover(
  choice: HandoverChoice,
  { socketWay, prefersNumbers }: Pick<ChildLauncher, "socketWay" | "prefersNumbers">,
  ports: readonly LeasedPort[],
): HandoverWay {
  switch (choice) {
    case "sockets":
      return socketWay;
    case "port":
      return numberWay;
    case "auto":
      return prefersNumbers && bindableByNumber(ports) ? numberWay : socketWay;
  }
}
