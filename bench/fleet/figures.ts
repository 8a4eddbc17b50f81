// Figures as people read them, to the digits that mean something.

/** Two digits: there are no more in what is measured beside others on a machine. */
export function twoDigits(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString("en-US");
}

export function milliseconds(ms: number): string {
  if (ms >= 1_000) return `${twoDigits(ms / 1_000)} s`;
  return ms < 1 ? `${ms.toFixed(1)} ms` : `${twoDigits(ms)} ms`;
}

export function kilobytes(bytes: number): string {
  return bytes >= 1e6 ? `${twoDigits(bytes / 1e6)} MB` : `${twoDigits(bytes / 1e3)} kB`;
}

export function percent(share: number): string {
  return `${twoDigits(share * 100)}%`;
}
