// What the broker advises, taken apart into words and the command in them, so that the command can be copied alone.

export interface Remedy {
  /** A sentence for people. May be empty. */
  readonly words: string;
  /** Empty: there is none. */
  readonly command: string;
}

/** The programs that advice of the broker names. */
const program = "(?:portlease|netsh|net|taskkill|sudo|sysctl|ss|kill|lsof|systemctl|powershell)";
const commandAlone = new RegExp(`^${program} [^\\n]+$`);
const commandAtEnd = new RegExp(`^(?<words>.+?)(?:: |, or )(?<command>${program} [^\\n]+?)\\.?$`);

export function parseRemedy(text: string): Remedy {
  // "..., or forget" is no part of a command.
  if (commandAlone.test(text) && !/, |; /.test(text)) return { words: "", command: text };
  const { words, command } = commandAtEnd.exec(text)?.groups ?? {};
  if (words === undefined || command === undefined || /, |; /.test(command)) {
    return { words: sentence(text), command: "" };
  }
  return { words: `${upperFirst(words)}:`, command };
}

/** With a capital letter and a full stop, as it stands alone. */
export function sentence(text: string): string {
  return ended(upperFirst(text));
}

/** With a full stop, but as it begins: a name has no capital letter because it comes first. */
export function ended(text: string): string {
  return text === "" || /[.!?…:]$/.test(text) ? text : `${text}.`;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
