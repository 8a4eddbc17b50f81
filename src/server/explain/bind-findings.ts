// What the trial binds tell beyond everything else that was found: a port that needs rights, a refusal that nothing explains,
// an answer that could not be had. Pure.

import { isDenied, refusals, refusalText } from "./bind-trials.js";
import type { GistedFinding, PortFacts } from "./port-facts.js";
import { portName } from "./texts.js";

/** https://docs.kernel.org/networking/ip-sysctl.html (ip_unprivileged_port_start) */
export function privilegedFindings(facts: PortFacts): readonly GistedFinding[] {
  const { port, unprivilegedPortStart, trials } = facts;
  if (unprivilegedPortStart === null || port >= unprivilegedPortStart) return [];
  const hasRight = trials.some(({ trial }) => trial?.bound === true);
  return [
    {
      reason: "PRIVILEGED_PORT",
      message:
        `${portName(facts)} is below net.ipv4.ip_unprivileged_port_start (${unprivilegedPortStart}): only root and processes ` +
        `with CAP_NET_BIND_SERVICE may bind it${hasRight ? ", as the process that tried here may" : ""}.`,
      remedy:
        `Use a port from ${unprivilegedPortStart} on, or give the program the right: ` +
        `setcap cap_net_bind_service=+ep PROGRAM (AmbientCapabilities=CAP_NET_BIND_SERVICE in a systemd unit)`,
      blocking: true,
      gist: "it needs root or CAP_NET_BIND_SERVICE",
    },
  ];
}

/** For trials that were refused although none of `others` prevents a bind. What is not known is said as not known. */
export function unexplainedFindings(
  facts: PortFacts,
  others: readonly GistedFinding[],
): readonly GistedFinding[] {
  const refused = refusals(facts);
  if (refused.length === 0 || others.some(({ blocking }) => blocking)) return [];
  const seen = refusalText(refused);
  return [
    {
      reason: "BIND_REFUSED",
      message: `A bind of ${portName(facts)} was refused on ${seen}, and nothing that was looked at explains it: ${guesses(facts)}.`,
      remedy: "Use another port, or ask again as administrator or root, who is shown more.",
      blocking: true,
      gist: `a bind was refused on ${seen} for an unknown reason`,
    },
  ];
}

/** Unknown is not the same as possible. */
export function untriedFindings(facts: PortFacts): readonly GistedFinding[] {
  const untried = facts.trials.filter(({ trial }) => trial === null);
  if (untried.length === 0) return [];
  const addresses = untried.map(({ address }) => address).join(", ");
  return [
    {
      reason: "BIND_NOT_TRIED",
      message: `Binding ${portName(facts)} could not be tried on ${addresses}; whether it works there is unknown.`,
      remedy: "",
      blocking: false,
      gist: "binding it could not be tried",
    },
  ];
}

function guesses(facts: PortFacts): string {
  const denied = refusals(facts).some(isDenied);
  if (facts.platform === "win32") {
    return denied
      ? "a reservation that netsh does not list, a socket of another account that excludes all others, or a security product"
      : "a socket or a reservation that the tables do not show";
  }
  return denied
    ? "a security policy such as SELinux, AppArmor or Landlock"
    : "a socket that is bound without listening, which kernels before 6.8 do not list, or one in another container that shares this network";
}
