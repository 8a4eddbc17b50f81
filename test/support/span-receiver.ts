// An OpenTelemetry collector that keeps what it is sent: OTLP over HTTP, in JSON.
// https://opentelemetry.io/docs/specs/otlp/#otlphttp

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number };
}

export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code?: number };
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[];
  }[];
}

export class SpanReceiver {
  readonly #server: Server;
  readonly #bodies: string[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      void text(request).then((body) => {
        this.#bodies.push(body);
        response.setHeader("content-type", "application/json");
        response.end("{}");
      });
    });
  }

  static async open(): Promise<SpanReceiver> {
    const receiver = new SpanReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** All that was sent, as it was sent. */
  get text(): string {
    return this.#bodies.join("\n");
  }

  get spans(): readonly ReceivedSpan[] {
    return this.#exports()
      .flatMap(({ scopeSpans }) => scopeSpans)
      .flatMap(({ spans }) => spans);
  }

  /** What the spans say of the program that made them. */
  get resource(): Readonly<Record<string, string | number | undefined>> {
    return plain(this.#exports()[0]?.resource.attributes ?? []);
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #exports(): readonly Export["resourceSpans"][number][] {
    return this.#bodies.flatMap((body) => (JSON.parse(body) as Export).resourceSpans);
  }
}

export function plain(
  attributes: readonly Attribute[],
): Readonly<Record<string, string | number | undefined>> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]),
  );
}
