// Makes something when it is first asked for, and once: for what takes long to make and is seldom needed.

/** Where `make` throws, nothing was made, and the next call tries again. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
