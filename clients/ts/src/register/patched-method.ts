// Puts a function of our own in the place of a method of Node's classes. The only place where something of Node is changed.

/** Gets the object, its arguments, and the method as it was. */
export type Replacement<T> = (
  target: T,
  args: readonly unknown[],
  original: (args: readonly unknown[]) => unknown,
) => unknown;

/** Replaces `prototype[name]` for all objects of the class, also those that exist; returns the method as it was. */
export function patchMethod<T extends object>(
  prototype: T,
  name: keyof T & (string | symbol),
  replacement: Replacement<T>,
): (target: T, args: readonly unknown[]) => unknown {
  const method = prototype[name];
  if (typeof method !== "function") throw new TypeError(`Node has no method ${String(name)} here`);
  const original = (target: T, args: readonly unknown[]): unknown =>
    Reflect.apply(method, target, args) as unknown;
  const patched = function (this: T, ...args: unknown[]): unknown {
    return replacement(this, args, (given) => original(this, given));
  };
  Object.defineProperty(patched, "name", { value: method.name });
  Object.defineProperty(patched, "length", { value: method.length });
  // Writable as before: others patch the same methods.
  Reflect.set(prototype, name, patched);
  return original;
}
