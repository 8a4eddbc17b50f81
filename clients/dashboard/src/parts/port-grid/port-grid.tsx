// The ports of a block as a grid of squares. The mouse points at them, arrow keys move over them, Enter and a click pick one; what
// is told of a port is up to the parent.

import type { VNode } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useDashboard } from "../../app/dashboard.js";
import {
  type GridGeometry,
  gridGeometry,
  indexAt,
  moveBy,
  placeOf,
} from "../../model/grid-geometry.js";
import type { PortMap } from "../../model/port-map.js";
import { GridCanvas } from "./grid-canvas.js";
import { type GridPalette, readPalette } from "./grid-palette.js";
import { PortTip } from "./port-tip.js";
import { useElementWidth } from "./use-element-width.js";

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
  const frame = useRef<HTMLDivElement>(null);
  const widthPx = useElementWidth(frame);
  const portCount = map.states.length;
  const geometry = useMemo(() => gridGeometry(portCount, widthPx), [portCount, widthPx]);
  const [pointed, setPointed] = useState<number | null>(null);
  const pickedIndex = picked === null ? null : picked - map.firstPort;

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && picked !== null) return onPick(null);
    const next = moveBy(geometry, pickedIndex ?? -1, event.key);
    if (next === null) return;
    event.preventDefault();
    onPick(map.firstPort + Math.max(0, next));
  };
  const pointedAt = (event: MouseEvent): number | null =>
    indexAt(geometry, event.offsetX, event.offsetY);

  const last = map.firstPort + portCount - 1;
  return (
    <div class="port-grid" ref={frame}>
      <div
        class="port-grid-area"
        role="application"
        tabIndex={0}
        aria-label={`Ports ${map.firstPort} to ${last}. Arrow keys move over the ports.`}
        onKeyDown={onKeyDown}
      >
        {widthPx > 0 && (
          <Squares
            map={map}
            geometry={geometry}
            onMove={(event) => setPointed(pointedAt(event))}
            onLeave={() => setPointed(null)}
            onClick={(event) => {
              const index = pointedAt(event);
              if (index !== null) onPick(map.firstPort + index);
            }}
          />
        )}
        {pickedIndex !== null && <Mark geometry={geometry} index={pickedIndex} kind="picked" />}
        {pointed !== null && <Mark geometry={geometry} index={pointed} kind="pointed" />}
        {pointed !== null && <PortTip map={map} pool={pool} geometry={geometry} index={pointed} />}
      </div>
    </div>
  );
}

interface SquaresProps {
  readonly map: PortMap;
  readonly geometry: GridGeometry;
  readonly onMove: (event: MouseEvent) => void;
  readonly onLeave: () => void;
  readonly onClick: (event: MouseEvent) => void;
}

function Squares({ map, geometry, onMove, onLeave, onClick }: SquaresProps): VNode {
  const element = useRef<HTMLCanvasElement>(null);
  const canvas = useRef<GridCanvas | null>(null);
  const palette = usePalette();
  useLayoutEffect(() => {
    if (element.current === null) return;
    canvas.current ??= new GridCanvas(element.current);
    canvas.current.draw(map, geometry, palette, devicePixelRatio);
  }, [map, geometry, palette]);
  return (
    <canvas
      ref={element}
      onMouseMove={onMove}
      onMouseLeave={onLeave}
      onClick={onClick}
      aria-hidden="true"
    />
  );
}

interface MarkProps {
  readonly geometry: GridGeometry;
  readonly index: number;
  readonly kind: "picked" | "pointed";
}

function Mark({ geometry, index, kind }: MarkProps): VNode {
  const { xPx, yPx } = placeOf(geometry, index);
  const gap = geometry.cellPx >= 14 ? 2 : 1;
  const edge = geometry.cellPx - gap + 4;
  const style = {
    left: `${xPx - 2}px`,
    top: `${yPx - 2}px`,
    width: `${edge}px`,
    height: `${edge}px`,
  };
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    // Arrow keys lead out of sight in a large block.
    if (kind === "picked") element.current?.scrollIntoView({ block: "nearest" });
  }, [kind, index]);
  return <div class={`port-mark ${kind}`} style={style} ref={element} />;
}
