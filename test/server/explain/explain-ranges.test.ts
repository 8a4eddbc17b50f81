// Why a port can or cannot be bound, judged from ranges and rights. No operating system is asked.

import {
  type ExplainCase,
  everywhere,
  linux,
  linuxDenied,
  nginx,
  port,
  range,
  socket,
  windows,
  windowsDenied,
  testCases,
} from "./fact-samples.js";

const cases: readonly ExplainCase[] = [
  {
    what: "a band of Hyper-V, with its source, and the harm of the folk cure",
    facts: windows({
      excludedRanges: [range(7_990, 100), range(8_090, 100), range(50_000, 60, true)],
      trials: everywhere(windowsDenied),
    }),
    bindable: false,
    reasons: ["EXCLUDED_RANGE_HYPER_V"],
    summary: /inside the excluded range 7990-8089, probably Hyper-V's/,
    message: /probably theirs \(https:\/\/github\.com\/docker\/for-win\/issues\/3171\)/,
    remedy: /Do not restart winnat .* while WSL or containers run: .* breaks their networking/,
  },
  {
    what: "a single range of 100 ports without naming anybody",
    facts: windows({
      excludedRanges: [range(7_990, 100), range(20_000, 100)],
      trials: everywhere(windowsDenied),
    }),
    bindable: false,
    reasons: ["EXCLUDED_RANGE"],
    summary: /inside the excluded range 7990-8089\.$/,
    message: /Who made it is unknown/,
  },
  {
    what: "a range of one port as probably that of http.sys",
    facts: windows({ excludedRanges: [range(port, 1)], trials: everywhere(windowsDenied) }),
    bindable: false,
    reasons: ["EXCLUDED_RANGE_HTTP_SYS"],
    summary: /probably that of http\.sys/,
    remedy: /netsh http show servicestate/,
  },
  {
    what: "an administered exclusion, in which anybody may bind",
    facts: windows({ excludedRanges: [range(8_000, 100, true)] }),
    bindable: true,
    reasons: ["ADMINISTERED_RANGE"],
    summary: /can be bound now; note that it is inside the administered exclusion 8000-8099/,
    remedy: /netsh int ipv4 delete excludedportrange protocol=tcp startport=8000 numberofports=100/,
  },
  {
    what: "the reserved ports of Linux, in which anybody may bind",
    facts: linux({ excludedRanges: [range(8_000, 100, true)] }),
    bindable: true,
    reasons: ["ADMINISTERED_RANGE"],
    summary: /can be bound now/,
    message: /net\.ipv4\.ip_local_reserved_ports \(8000-8099\)/,
  },
  {
    what: "a port of the dynamic range",
    facts: windows({ port: 50_100 }),
    bindable: true,
    reasons: ["DYNAMIC_RANGE"],
    summary: /TCP port 50100 can be bound now; note that the system may pick it by itself/,
    remedy: /add excludedportrange protocol=tcp startport=50100 numberofports=1/,
  },
  {
    what: "a privileged port of Linux, also when whoever tried has the right",
    facts: linux({ port: 80 }),
    bindable: false,
    reasons: ["PRIVILEGED_PORT"],
    summary: /it needs root or CAP_NET_BIND_SERVICE/,
    message: /ip_unprivileged_port_start \(1024\).* as the process that tried here may/,
  },
  {
    what: "a listener on a privileged port, the listener first",
    facts: linux({
      port: 80,
      sockets: [socket()],
      holders: [nginx],
      trials: everywhere(linuxDenied),
    }),
    bindable: false,
    reasons: ["LISTENING", "PRIVILEGED_PORT"],
    summary: /nginx/,
  },
  {
    what: "exclusions that could not be read, unknown and not none",
    facts: windows({ excludedRanges: null }),
    bindable: true,
    reasons: ["EXCLUSIONS_UNKNOWN"],
    summary: /can be bound now; note that the excluded ranges could not be read/,
  },
];

describe("Explaining a port by ranges and rights", () => {
  testCases(cases);
});
