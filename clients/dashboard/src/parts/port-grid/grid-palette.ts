// The colours of the port grid, read from the style sheet: a canvas cannot use its variables.

export interface GridPalette {
  readonly surface: string;
  readonly line: string;
  readonly label: string;
  readonly labelFont: string;
  readonly bound: string;
  readonly pinned: string;
  readonly quarantined: string;
  readonly unprotected: string;
  readonly unavailable: string;
  readonly stranger: string;
}

/** As the style sheet says for the theme that is shown now. */
export function readPalette(): GridPalette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return {
    surface: read("--surface"),
    line: read("--port-line"),
    label: read("--text-2"),
    labelFont: `11px ${read("--font-mono")}`,
    bound: read("--port-bound"),
    pinned: read("--port-pinned"),
    quarantined: read("--port-quarantined"),
    unprotected: read("--port-unprotected"),
    unavailable: read("--port-unavailable"),
    stranger: read("--port-stranger"),
  };
}
