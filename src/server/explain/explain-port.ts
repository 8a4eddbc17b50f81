// Judges the facts about a port: why it can or cannot be bound, the decisive thing first, and what to do. Pure.

import { privilegedFindings, unexplainedFindings, untriedFindings } from "./bind-findings.js";
import { refusals } from "./bind-trials.js";
import { ownerFindings } from "./owner-findings.js";
import type {
  FindingReason,
  GistedFinding,
  PortExplanation,
  PortFacts,
  PortFinding,
} from "./port-facts.js";
import { rangeFindings } from "./range-findings.js";
import { socketFindings } from "./socket-findings.js";
import { portName } from "./texts.js";

/** Among findings that weigh the same, what says more comes first. */
const rank: readonly FindingReason[] = [
  "LEASED",
  "IN_BLOCK",
  "ORPHANED_SOCKET",
  "HTTP_SYS",
  "LISTENING",
  "BOUND",
  "EXCLUDED_RANGE_HYPER_V",
  "EXCLUDED_RANGE_HTTP_SYS",
  "EXCLUDED_RANGE",
  "CONNECTED",
  "TIME_WAIT",
  "PRIVILEGED_PORT",
  "BIND_REFUSED",
  "BIND_NOT_TRIED",
  "SOCKETS_UNKNOWN",
  "EXCLUSIONS_UNKNOWN",
  "ADDRESSES_SHARED",
  "ADMINISTERED_RANGE",
  "DYNAMIC_RANGE",
];

/** One set of facts for each protocol that was asked for, at least one. Bindable is what can be bound in all of them. */
export function explainPort(asked: readonly PortFacts[]): PortExplanation {
  const explained = asked.map((facts) => ({ facts, findings: findingsOf(facts) }));
  const findings = explained.flatMap((one) => one.findings).toSorted(byWeight);
  const summary = explained.map((one) => summaryOf(one.facts, one.findings)).join("; ");
  return {
    bindable: !findings.some(({ blocking }) => blocking) && asked.every(wasBound),
    summary: `${summary}.`,
    findings: findings.map(withoutGist),
  };
}

function findingsOf(facts: PortFacts): readonly GistedFinding[] {
  const found = [
    ...ownerFindings(facts),
    ...socketFindings(facts),
    ...rangeFindings(facts),
    ...privilegedFindings(facts),
  ];
  return [...found, ...unexplainedFindings(facts, found), ...untriedFindings(facts)].toSorted(
    byWeight,
  );
}

function summaryOf(facts: PortFacts, findings: readonly GistedFinding[]): string {
  const name = portName(facts);
  const decisive = findings.find(({ blocking }) => blocking);
  if (decisive !== undefined) return `${name} cannot be bound${whereText(facts)}: ${decisive.gist}`;
  const leased = findings.find(({ reason }) => reason === "LEASED" || reason === "IN_BLOCK");
  if (leased !== undefined) return `${name} can be bound, but ${leased.gist}`;
  if (facts.trials.every(({ trial }) => trial === null)) {
    return `whether ${name} can be bound is unknown`;
  }
  const [first] = findings;
  return `${name} can be bound now${first === undefined ? "" : `; note that ${first.gist}`}`;
}

/** Nothing when no address works; else where it does not. */
function whereText(facts: PortFacts): string {
  const refused = refusals(facts);
  return wasBound(facts) && refused.length > 0
    ? ` on ${refused.map(({ address }) => address).join(", ")}`
    : "";
}

function wasBound({ trials }: PortFacts): boolean {
  return trials.some(({ trial }) => trial?.bound === true);
}

function byWeight(a: PortFinding, b: PortFinding): number {
  return weight(a) - weight(b);
}

/** A lease goes before everything, also where the operating system does not enforce it: it says whose the port is. */
function weight({ reason, blocking }: PortFinding): number {
  const group = reason === "LEASED" ? 0 : blocking ? 1 : 2;
  return group * rank.length + rank.indexOf(reason);
}

function withoutGist({ reason, message, remedy, blocking }: GistedFinding): PortFinding {
  return { reason, message, remedy, blocking };
}
