// How a word is written so that a program gets it as it is, from the three shells that the recipes are for.

/** https://www.gnu.org/software/bash/manual/html_node/Single-Quotes.html */
export function quoteForBash(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * A text of PowerShell:
 * https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules#single-quoted-strings
 * Not good for arguments with double quotes: before 7.3 PowerShell passes those on without them.
 */
export function quoteForPowerShell(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** What cmd gives a meaning to outside of its quotes; https://ss64.com/nt/syntax-esc.html */
const cmdMeaning = /[&|<>^()]/;

/**
 * An argument for cmd, which the program's runtime takes apart again:
 * https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
 * To cmd a backslash is a letter, so that each quote opens or closes. Throws for what cmd cannot be told on one line: line ends, and
 * percent signs, which are variables to it.
 */
export function quoteForCmd(word: string): string {
  if (/[\r\n%]/.test(word)) throw new Error(`cmd has no way to write ${JSON.stringify(word)}`);
  if (/^[\w@+=:,./-]+$/.test(word)) return word;
  const escaped = word.replaceAll(/(\\*)"/g, String.raw`$1$1\"`).replace(/(\\+)$/, "$1$1");
  let quoted = false;
  let line = "";
  for (const character of `"${escaped}`) {
    if (character === '"') quoted = !quoted;
    line += !quoted && cmdMeaning.test(character) ? `^${character}` : character;
  }
  // After an odd number of quotes this one would open, for the rest of the line.
  return quoted ? `${line}"` : `${line}^"`;
}
