// What is known of a lease, in groups: the lease itself, its holder, its times.

import type { ComponentChildren, VNode } from "preact";
import type { Lease } from "../api/messages.js";
import { dateTimeText, durationMs, enumText, spanText } from "../model/format.js";
import { RemainingTime } from "./remaining-time.js";

export function LeaseFacts({
  lease,
  atMs,
}: {
  readonly lease: Lease;
  readonly atMs: number;
}): VNode {
  const { holder } = lease;
  const labels = Object.entries(holder?.labels ?? {});
  return (
    <>
      <Facts title="Lease">
        {lease.state === "STATE_ACTIVE" && (
          <Fact label="Time left">
            <RemainingTime lease={lease} atMs={atMs} />
          </Fact>
        )}
        <Fact label="TTL">{span(lease.ttl)}</Fact>
        <Fact label="Pool">{lease.pool}</Fact>
        <Fact label="Binding">{bindingText(lease)}</Fact>
        <Fact label="Protected">
          {lease.unprotected ? "no: the reservation does not cover it" : "yes"}
        </Fact>
        <Fact label="Generation" isCode>
          {lease.generation}
        </Fact>
        <Fact label="Bind within">
          {lease.bindWithin === undefined ? "no limit" : span(lease.bindWithin)}
        </Fact>
      </Facts>
      <Facts title="Holder">
        <Fact label="Service">{holder?.service || "unnamed"}</Fact>
        <Fact label="Instance">{holder?.instance || "–"}</Fact>
        <Fact label="Process">{processText(lease)}</Fact>
        {labels.map(([key, value]) => (
          <Fact key={key} label={key} isCode>
            {value}
          </Fact>
        ))}
      </Facts>
      <Facts title="Times">
        <Fact label="Granted">{dateTimeText(lease.createTime)}</Fact>
        {lease.renewTime !== undefined && (
          <Fact label="Renewed">{dateTimeText(lease.renewTime)}</Fact>
        )}
        {lease.expireTime !== undefined && (
          <Fact label="Expires">{dateTimeText(lease.expireTime)}</Fact>
        )}
        {lease.endTime !== undefined && <Fact label="Ended">{dateTimeText(lease.endTime)}</Fact>}
      </Facts>
    </>
  );
}

function Facts({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <section class="card">
      <h2>{title}</h2>
      <dl class="fact-rows">{children}</dl>
    </section>
  );
}

interface FactProps {
  readonly label: string;
  readonly isCode?: boolean;
  readonly children: ComponentChildren;
}

function Fact({ label, isCode = false, children }: FactProps): VNode {
  return (
    <div>
      <dt>{label}</dt>
      <dd class={isCode ? "mono" : ""}>{children}</dd>
    </div>
  );
}

function span(duration: string | undefined): string {
  const ms = durationMs(duration);
  return ms === null ? "–" : spanText(ms);
}

function bindingText({ binding }: Lease): string {
  return binding === "BINDING_UNSPECIFIED" ? "not looked at yet" : enumText(binding, "BINDING_");
}

function processText({ holder }: Lease): string {
  const process = holder?.process;
  if (process === undefined) return "none: the lease lives by its TTL alone";
  return `${process.processId}, ${process.proven ? "seen by the broker" : "not proven"}`;
}
