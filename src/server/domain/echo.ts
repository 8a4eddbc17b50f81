// Callers' words, as errors and logs may repeat them. Somebody pastes a token where an id belongs; it must not go on from there.

/** Tokens have 32 characters or more and holder keys 32; ids of leases and blocks and most names are shorter. */
const secretLike = /[\w+/=.~-]{32,}/g;

/** The text with a hint in the place of whatever could be a token or a holder key, cut at a length. */
export function echo(text: string, lengthMax: number): string {
  const hidden = text.replaceAll(secretLike, ({ length }) => `[${length} characters]`);
  return hidden.length <= lengthMax ? hidden : hidden.slice(0, lengthMax);
}

/** The same for names of hosts: a whole domain name may be longer than a token, and its parts between dots hardly ever are. */
export function echoHostName(text: string, lengthMax: number): string {
  const parts = text.split(".").map((part) => echo(part, lengthMax));
  return parts.join(".").slice(0, lengthMax);
}
