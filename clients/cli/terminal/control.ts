// The control sequences of terminals that this program writes, and no others. Windows knows them too, since Windows 10:
// https://learn.microsoft.com/windows/console/console-virtual-terminal-sequences, https://invisible-island.net/xterm/ctlseqs/ctlseqs.html

const escape = "\u001b[";

export const control = {
  /** To the first column, with the line empty. */
  clearLine: `\r${escape}2K`,
  clearToEndOfLine: `${escape}K`,
  clearBelow: `${escape}J`,
  home: `${escape}H`,
  /** To the first column of a row, 1 being the top. */
  toRow: (row: number): string => `${escape}${row};1H`,
  hideCursor: `${escape}?25l`,
  showCursor: `${escape}?25h`,
  /** A screen of its own; what was there before is back when it is left. */
  enterOwnScreen: `${escape}?1049h`,
  leaveOwnScreen: `${escape}?1049l`,
} as const;
