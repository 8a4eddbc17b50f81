// Asks the registry for known vulnerabilities of the packages that are installed with the broker. Exits with 0 when there are none, 1 when
// there are, and 75 (EX_TEMPFAIL) when nothing could be learnt: many mirrors tell no advisories. Other arguments go to npm:
// node scripts/check-advisories.mjs --registry=https://registry.npmjs.org
import { runNpm } from "./prepare.mjs";

const answerMsMax = 60_000;

const { stdout } = runNpm(["audit", "--omit=dev", "--json", ...process.argv.slice(2)], {
  stdio: ["ignore", "pipe", "ignore"],
  encoding: "utf8",
  timeout: answerMsMax,
});
const answer = read(stdout);
const found = Object.entries(answer.vulnerabilities ?? {});
if (answer.metadata === undefined) {
  const why = answer.message ?? answer.error?.code ?? "it did not answer";
  console.error(
    `portlease: the registry tells no advisories (${why}); ask one that does: ` +
      "node scripts/check-advisories.mjs --registry=https://registry.npmjs.org",
  );
  process.exitCode = 75;
} else if (found.length > 0) {
  for (const [name, { severity }] of found) console.error(`portlease: ${name}: ${severity}`);
  console.error('portlease: "npm audit --omit=dev" says more, and which versions mend it');
  process.exitCode = 1;
} else {
  console.log("no known vulnerabilities in the packages that are installed with the broker");
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
