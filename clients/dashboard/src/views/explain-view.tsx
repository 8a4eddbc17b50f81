// Why a port cannot be bound: asked for any port of the host, ours or not.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { PortExplanation, PortFinding } from "../api/messages.js";
import { useDashboard } from "../app/dashboard.js";
import { useLoaded } from "../app/use-loaded.js";
import { portsText } from "../model/format.js";
import { sentence } from "../model/remedy.js";
import { explainLink, leaseLink, parsePort } from "../model/route.js";
import { LevelIcon } from "../parts/icons.js";
import { Loading, Refusal } from "../parts/notice.js";
import { RemedyText } from "../parts/remedy.js";

const protocols = [
  { value: "PROTOCOL_UNSPECIFIED", label: "TCP and UDP" },
  { value: "PROTOCOL_TCP", label: "TCP" },
  { value: "PROTOCOL_UDP", label: "UDP" },
];

export function ExplainView({ port }: { readonly port: number | null }): VNode {
  const [protocol, setProtocol] = useState("PROTOCOL_UNSPECIFIED");
  const [asked, setAsked] = useState(0);
  return (
    <>
      <div class="page-head">
        <h1>Explain a port</h1>
      </div>
      <ExplainForm
        key={port ?? 0}
        port={port}
        protocol={protocol}
        onProtocol={setProtocol}
        onAsk={() => setAsked(asked + 1)}
      />
      {port === null ? (
        <p class="quiet hint">
          Says why a port can or cannot be bound, and what to do: for any port of this host, not
          only those of the broker.
        </p>
      ) : (
        <Explanation port={port} protocol={protocol} asked={asked} />
      )}
    </>
  );
}

interface ExplainFormProps {
  readonly port: number | null;
  readonly protocol: string;
  readonly onProtocol: (protocol: string) => void;
  readonly onAsk: () => void;
}

function ExplainForm({ port, protocol, onProtocol, onAsk }: ExplainFormProps): VNode {
  const [typed, setTyped] = useState(port === null ? "" : String(port));
  const [isWrong, setWrong] = useState(false);
  const submit = (event: Event): void => {
    event.preventDefault();
    const wanted = parsePort(typed);
    setWrong(wanted === null);
    if (wanted === null) return;
    if (wanted === port) onAsk();
    else location.hash = explainLink(wanted);
  };
  return (
    <form class="explain-form" onSubmit={submit} noValidate>
      <label class="field">
        <span>Port</span>
        <input
          class="input mono"
          inputMode="numeric"
          autocomplete="off"
          placeholder="20417"
          value={typed}
          aria-invalid={isWrong}
          aria-describedby={isWrong ? "port-wrong" : undefined}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>Protocol</span>
        <select
          class="input"
          value={protocol}
          onChange={(event) => onProtocol(event.currentTarget.value)}
        >
          {protocols.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="button primary">
        Explain
      </button>
      {isWrong && (
        <p class="field-error" id="port-wrong" role="alert">
          A port is a number from 1 to 65535.
        </p>
      )}
    </form>
  );
}

interface ExplanationProps {
  readonly port: number;
  readonly protocol: string;
  /** Rises when the same is to be asked again. */
  readonly asked: number;
}

function Explanation({ port, protocol, asked }: ExplanationProps): VNode {
  const { api } = useDashboard();
  const { data, error } = useLoaded(
    `${port} ${protocol} ${asked}`,
    (signal) => api.explainPort(port, protocol, signal),
    { everyMs: 0 },
  );
  if (error !== null) return <Refusal error={error} />;
  if (data === null) return <Loading what="what the operating system says" />;
  return <Findings port={port} explanation={data} />;
}

function Findings({
  port,
  explanation,
}: {
  readonly port: number;
  readonly explanation: PortExplanation;
}): VNode {
  const { bindable, summary, findings, lease, block } = explanation;
  return (
    <section class="card explanation" aria-labelledby="explanation-title" aria-live="polite">
      <div class="explanation-head">
        <LevelIcon level={bindable ? "well" : "critical"} />
        <div>
          <h2 id="explanation-title">
            <span class="mono">{port}</span>{" "}
            {bindable ? "can be bound now" : "cannot be bound by an ordinary process now"}
          </h2>
          <p>{sentence(summary)}</p>
        </div>
      </div>
      {(lease !== undefined || block !== undefined) && (
        <p class="links">
          {lease !== undefined && <a href={leaseLink(lease.leaseId)}>Open lease {lease.leaseId}</a>}
          {block !== undefined && (
            <a href="#/blocks">Block {portsText(block.firstPort, block.portCount)}</a>
          )}
        </p>
      )}
      <ul class="findings">
        {findings.map((finding) => (
          <Finding key={`${finding.reason} ${finding.message}`} finding={finding} />
        ))}
      </ul>
    </section>
  );
}

function Finding({ finding }: { readonly finding: PortFinding }): VNode {
  const { reason, message, remedy, blocking } = finding;
  return (
    <li class="finding">
      <LevelIcon level={blocking ? "critical" : "info"} />
      <div class="problem-body">
        <p>
          <span class="tag mono">{reason}</span>
          {blocking && <b class="blocking">prevents a bind</b>}
        </p>
        <p>{sentence(message)}</p>
        <RemedyText text={remedy} />
      </div>
    </li>
  );
}
