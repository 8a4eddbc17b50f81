// What to do when no connection to a broker comes about. gRPC hands on nothing of the cause but the words of Node and OpenSSL; they
// choose the advice for people here, and nothing else.

/** What should listen at the address. */
export type ServerName = "broker" | "fleet server";

interface Advice {
  readonly words: RegExp;
  readonly advice: string;
}

const advices: readonly Advice[] = [
  {
    words: /alert (?:certificate|bad certificate|unknown ca)|certificate required/i,
    advice:
      "The broker does not accept this client's certificate, or wants one: give it one of an authority that it believes (tls.certFile " +
      "and tls.keyFile, --cert-file and --key-file).",
  },
  {
    words: /certificate has expired/i,
    advice: "The broker's certificate has expired: give the broker a new one.",
  },
  {
    words: /certificate is not yet valid/i,
    advice: "The broker's certificate is not valid yet: compare the clocks of both hosts.",
  },
  {
    words: /unable to (?:get|verify)|self-signed|self signed|unknown ca\b/i,
    advice:
      "Nobody that this client believes has signed the certificate: give the broker's certificate authority (tls.caFile, --ca-file or " +
      "PORTLEASE_CA_FILE).",
  },
  {
    words: /does not match certificate's altnames|not in the cert's list/i,
    advice:
      "The broker's certificate is for other names: use an address that it names, or say the name that it has (tls.serverName).",
  },
  {
    words: /wrong version number|packet length too long|before secure TLS connection/i,
    advice: "The broker speaks clear text there, or no TLS: leave the certificate authority out.",
  },
  {
    words: /ECONNRESET|socket hang up|Connection dropped|Failed to connect/i,
    advice:
      "Somebody closed the connection at once: a broker with TLS does so to clear text (give its certificate authority), and one that " +
      "wants a client certificate without it.",
  },
];

const usualAdvice: Readonly<Record<ServerName, string>> = {
  broker:
    'Start one with "portlease serve", or set PORTLEASE_ADDRESS or the option "address" to where it listens.',
  "fleet server":
    'Start one with "portlease fleet", or say where it listens (PORTLEASE_FLEET_SERVER, --address).',
};

/** One or two sentences for people. */
export function connectionAdvice(why: string, server: ServerName): string {
  const found = advices.find(({ words }) => words.test(why));
  return found?.advice.replaceAll("broker", server) ?? usualAdvice[server];
}
