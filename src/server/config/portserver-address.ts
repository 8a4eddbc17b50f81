// The forms in which the address of a portserver is written, which are those of PORTSERVER_ADDRESS. How each of them is listened on
// is in src/server/portserver. https://github.com/google/python_portpicker/blob/main/src/portserver.py

/** The pool whose ports are given to who asks the portserver. */
export const portserverPool = "portserver";

export const portserverForms =
  "@name, the absolute path of a socket, or \\\\.\\pipe\\name on Windows, of at most 100 characters";

export const pipePrefix = "\\\\.\\pipe\\";

/** The name of a socket has 108 bytes at most on Linux. https://man7.org/linux/man-pages/man7/unix.7.html */
const bytesMax = 100;

/** Not a path from some folder: clients are in others. */
export function isPortserverAddress(text: string): boolean {
  if (text.includes("\0") || new TextEncoder().encode(text).length > bytesMax) return false;
  return /^@[^@/\\]|^\//.test(text) || isPipeName(text);
}

export function isPipeName(text: string): boolean {
  return text.startsWith(pipePrefix) && text.length > pipePrefix.length;
}

/** Whether it is a name that no file stands for: on Linux anybody on the host may use it. */
export function isAbstract(text: string): boolean {
  return text.startsWith("@");
}
