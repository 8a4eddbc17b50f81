// docs/grpcurl.md, made of the recipes: each in the words of three shells. `node scripts/gen-grpcurl.mjs` writes it, a test compares.

import { chapters, type Recipe } from "./grpcurl-recipes.js";
import { quoteForBash, quoteForCmd, quoteForPowerShell } from "./shell-quoting.js";

const fullName = (method: string): string => `portlease.v1.${method}`;

/** The variables of the preludes that have the address and the admin token of who is called. */
interface Variables {
  readonly server: string;
  readonly admin: string;
}

function variablesOf({ method }: Recipe): Variables {
  return method.startsWith("FleetService/")
    ? { server: "fleet", admin: "fleet_admin" }
    : { server: "broker", admin: "admin" };
}

/** As people write it: with a space after colons and commas. */
export function dataText(data: object): string {
  return JSON.stringify(data, null, 1).replaceAll(/\n */g, " ");
}

export function bashCommand(recipe: Recipe): string {
  const { method, data, admin } = recipe;
  const variables = variablesOf(recipe);
  const header = admin === true ? ` -H "$${variables.admin}"` : "";
  const body = data === undefined ? "" : ` -d ${quoteForBash(dataText(data))}`;
  return `grpcurl -plaintext${header}${body} "$${variables.server}" ${fullName(method)}`;
}

/** The message goes in by stdin: before PowerShell 7.3 arguments lose their double quotes. */
export function powerShellCommand(recipe: Recipe): string {
  const { method, data, admin } = recipe;
  const variables = variablesOf(recipe);
  const header = admin === true ? ` -H $${variables.admin}` : "";
  const call = `grpcurl -plaintext${header}`;
  if (data === undefined) return `${call} $${variables.server} ${fullName(method)}`;
  return `${quoteForPowerShell(dataText(data))} | ${call} -d '@' $${variables.server} ${fullName(method)}`;
}

export function cmdCommand(recipe: Recipe): string {
  const { method, data, admin } = recipe;
  const variables = variablesOf(recipe);
  const header = admin === true ? ` -H "%${variables.admin}%"` : "";
  const body = data === undefined ? "" : ` -d ${quoteForCmd(dataText(data))}`;
  return `grpcurl -plaintext${header}${body} %${variables.server}% ${fullName(method)}`;
}

export function bufCurlCommand(recipe: Recipe): string {
  const { method, data, admin } = recipe;
  const variables = variablesOf(recipe);
  const header = admin === true ? ` --header "$${variables.admin}"` : "";
  const body = data === undefined ? "" : ` --data ${quoteForBash(dataText(data))}`;
  return `buf curl --protocol grpc --http2-prior-knowledge${header}${body} "http://$${variables.server}/${fullName(method)}"`;
}

/** `prelude` sets what the commands use; a path or an address in it is the reader's to change. */
export const preludes = {
  bash: `broker=127.0.0.1:7600
admin="authorization: Bearer $(cat /var/lib/portlease/admin.token)"
fleet=127.0.0.1:7610
fleet_admin="authorization: Bearer $(cat /var/lib/portlease-fleet/admin.token)"`,
  powerShell: `$broker = '127.0.0.1:7600'
$admin = "authorization: Bearer $(Get-Content "$env:ProgramData\\portlease\\data\\admin.token")"
$fleet = '127.0.0.1:7610'
$fleet_admin = "authorization: Bearer $(Get-Content "$env:ProgramData\\portlease-fleet\\data\\admin.token")"`,
  cmd: `set broker=127.0.0.1:7600
set /p token=<"%ProgramData%\\portlease\\data\\admin.token"
set admin=authorization: Bearer %token%
set fleet=127.0.0.1:7610
set /p token=<"%ProgramData%\\portlease-fleet\\data\\admin.token"
set fleet_admin=authorization: Bearer %token%`,
} as const;

export const curlSample = `curl -H 'content-type: application/json' -d '{ "pool": "default" }' http://127.0.0.1:7601/portlease.v1.AdminService/ListBlocks
buf curl --schema proto --data '{ "pool": "default" }' http://127.0.0.1:7601/portlease.v1.AdminService/ListBlocks`;

const fence = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\`\n`;

export function grpcurlPage(): string {
  return [introduction(), ...chapters.map(chapterText), connectText()].join("\n");
}

function introduction(): string {
  const [sample = noRecipe()] = chapters[0]?.recipes ?? [];
  return `# Recipes for grpcurl

<!-- Made by scripts/gen-grpcurl.mjs from test/support/recipes; edit those. -->

Everything that an operator does, as calls of [grpcurl](https://github.com/fullstorydev/grpcurl), which needs nothing but the address: the
broker tells it the methods (server reflection). \`grpcurl -plaintext 127.0.0.1:7600 describe portlease.v1.AdminService\` prints the reference.
\`{}\`, or nothing, is valid for every read. Put in what stands in capitals.

With TLS leave \`-plaintext\` out and give \`-cacert ca.crt\`; with a client certificate also \`-cert\` and \`-key\`. A process list shows arguments
to every user of a host: where others log in, put the header into a variable of the environment and use \`-expand-headers\`.

Once in each shell, without the lines of \`fleet\` where there is none:

${fence("sh", preludes.bash)}
${fence("powershell", preludes.powerShell)}
${fence("bat", preludes.cmd)}
PowerShell gives the message by stdin (\`-d '@'\`), since versions before 7.3 take the double quotes out of arguments. In a batch file each
\`%\` of your own must be doubled.

The same with buf, whose \`buf curl\` finds the methods by reflection, too:

${fence("sh", bufCurlCommand(sample))}`;
}

function noRecipe(): never {
  throw new Error("there is no recipe");
}

function chapterText({ title, recipes }: (typeof chapters)[number]): string {
  return [`## ${title}\n`, ...recipes.map(recipeText)].join("\n");
}

function recipeText(recipe: Recipe): string {
  const text = recipe.text === undefined ? "" : `${recipe.text}\n\n`;
  return `### ${recipe.title}

${text}${fence("sh", bashCommand(recipe))}
${fence("powershell", powerShellCommand(recipe))}
${fence("bat", cmdCommand(recipe))}`;
}

function connectText(): string {
  return `## Without gRPC

The broker answers the same methods over HTTP in JSON (the [Connect protocol](https://connectrpc.com/docs/protocol/)), at the address of
\`http.listen\`. Streams are server-sent events there. \`buf curl\` wants the API's files for it, since reflection is gRPC's.

${fence("sh", curlSample)}`;
}
