// A grid of squares, each of which stands for something: the mouse points at them, arrow keys move over them, a click picks one. What
// they stand for, how they look and what is told of one is up to the parent.

import type { VNode } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type GridGeometry, indexAt, moveBy, placeOf } from "../../model/grid-geometry.js";
import { useElementWidth } from "../use-element-width.js";
import { type CellPainter, gapPx, GridCanvas } from "./grid-canvas.js";

export interface CellGridProps {
  /** What it shows and how one moves over it, for those who do not see it. */
  readonly label: string;
  /** The state of each cell, as the painter numbers them. */
  readonly states: Uint8Array;
  readonly painter: CellPainter;
  /** How so many cells are laid out in so many CSS pixels. */
  readonly layOut: (cellCount: number, availablePx: number) => GridGeometry;
  /** The cell that is picked; `null` for none. */
  readonly picked: number | null;
  readonly onPick: (index: number | null) => void;
  /** Enter on the cell that is picked, and a click on it. */
  readonly onOpen?: (index: number) => void;
  /** What is told of the cell that one points at. */
  readonly tip: (index: number) => VNode;
}

export function CellGrid(props: CellGridProps): VNode {
  const { label, states, painter, layOut, picked, onPick, onOpen, tip } = props;
  const frame = useRef<HTMLDivElement>(null);
  const widthPx = useElementWidth(frame);
  const count = states.length;
  const geometry = useMemo(() => layOut(count, widthPx), [layOut, count, widthPx]);
  const [pointed, setPointed] = useState<number | null>(null);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && picked !== null) return onPick(null);
    if (event.key === "Enter" && picked !== null) return onOpen?.(picked);
    const next = moveBy(geometry, picked ?? -1, event.key);
    if (next === null) return;
    event.preventDefault();
    onPick(Math.max(0, next));
  };
  const pointedAt = (event: MouseEvent): number | null =>
    indexAt(geometry, event.offsetX, event.offsetY);
  const onClick = (event: MouseEvent): void => {
    const index = pointedAt(event);
    if (index === null) return;
    if (index === picked) onOpen?.(index);
    onPick(index);
  };

  return (
    <div class="port-grid" ref={frame}>
      <div
        class="port-grid-area"
        role="application"
        tabIndex={0}
        aria-label={label}
        onKeyDown={onKeyDown}
      >
        {widthPx > 0 && (
          <Squares
            states={states}
            painter={painter}
            geometry={geometry}
            onMove={(event) => setPointed(pointedAt(event))}
            onLeave={() => setPointed(null)}
            onClick={onClick}
          />
        )}
        {picked !== null && <Mark geometry={geometry} index={picked} kind="picked" />}
        {pointed !== null && pointed < count && (
          <>
            <Mark geometry={geometry} index={pointed} kind="pointed" />
            <div class="port-tip" style={placeBeside(geometry, pointed)}>
              {tip(pointed)}
            </div>
          </>
        )}
      </div>
    </div>
  );
}

interface SquaresProps {
  readonly states: Uint8Array;
  readonly painter: CellPainter;
  readonly geometry: GridGeometry;
  readonly onMove: (event: MouseEvent) => void;
  readonly onLeave: () => void;
  readonly onClick: (event: MouseEvent) => void;
}

function Squares({ states, painter, geometry, onMove, onLeave, onClick }: SquaresProps): VNode {
  const element = useRef<HTMLCanvasElement>(null);
  const canvas = useRef<GridCanvas | null>(null);
  useLayoutEffect(() => {
    if (element.current === null) return;
    canvas.current ??= new GridCanvas(element.current);
    canvas.current.draw(states, geometry, painter, devicePixelRatio);
  }, [states, geometry, painter]);
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
  const edge = geometry.cellPx - gapPx(geometry) + 4;
  const style = {
    left: `${xPx - 2}px`,
    top: `${yPx - 2}px`,
    width: `${edge}px`,
    height: `${edge}px`,
  };
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    // Arrow keys lead out of sight in a large grid.
    if (kind === "picked") element.current?.scrollIntoView({ block: "nearest" });
  }, [kind, index]);
  return <div class={`port-mark ${kind}`} style={style} ref={element} />;
}

/** Below the cell, on the side where there is room. */
function placeBeside(geometry: GridGeometry, index: number): Record<string, string> {
  const { xPx, yPx } = placeOf(geometry, index);
  const top = `${yPx + geometry.cellPx + 6}px`;
  if (xPx <= geometry.widthPx / 2) return { top, left: `${xPx}px` };
  return { top, right: `${geometry.widthPx - xPx - geometry.cellPx}px` };
}
