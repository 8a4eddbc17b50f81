// The ports of a block as a grid of squares. What is told of the port that is picked is up to the parent.

import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import { useDashboard } from "../../app/dashboard.js";
import { gridGeometry } from "../../model/grid-geometry.js";
import type { PortMap } from "../../model/port-map.js";
import { CellGrid } from "../grid/cell-grid.js";
import { type GridPalette, readPalette } from "./grid-palette.js";
import { portPainter } from "./port-painter.js";
import { PortTip } from "./port-tip.js";

export interface PortGridProps {
  readonly map: PortMap;
  /** The pool that the ports belong to. */
  readonly pool: string;
  /** The port that is picked; `null` for none. */
  readonly picked: number | null;
  readonly onPick: (port: number | null) => void;
}

/** The palette of the theme that is shown. */
export function usePalette(): GridPalette {
  const { theme } = useDashboard();
  const shown = theme.shown.value;
  return useMemo(readPalette, [shown]);
}

export function PortGrid({ map, pool, picked, onPick }: PortGridProps): VNode {
  const { firstPort, states } = map;
  const palette = usePalette();
  const painter = useMemo(() => portPainter(firstPort, palette), [firstPort, palette]);
  const lastPort = firstPort + states.length - 1;
  return (
    <CellGrid
      label={`Ports ${firstPort} to ${lastPort}. Arrow keys move over the ports.`}
      states={states}
      painter={painter}
      layOut={gridGeometry}
      picked={picked === null ? null : picked - firstPort}
      onPick={(index) => onPick(index === null ? null : firstPort + index)}
      tip={(index) => <PortTip pool={pool} port={firstPort + index} state={states[index] ?? 0} />}
    />
  );
}
