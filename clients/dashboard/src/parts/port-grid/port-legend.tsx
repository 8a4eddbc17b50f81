// What the squares of a port grid mean, and how many there are of each.

import type { VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { countText } from "../../model/format.js";
import { portStates } from "../../model/port-states.js";
import { drawPort } from "./draw-port.js";
import type { GridPalette } from "./grid-palette.js";

const swatchPx = 14;
/** These are explained even when there is none; the others when there is one. */
const always = new Set([1, 3, 4, 5]);

export function PortLegend({
  counts,
  palette,
}: {
  readonly counts: readonly number[];
  readonly palette: GridPalette;
}): VNode {
  return (
    <ul class="legend" aria-label="States of the ports">
      {portStates.map(({ label, meaning }, state) => {
        const count = counts[state] ?? 0;
        if (count === 0 && !always.has(state)) return null;
        return (
          <li key={state} title={meaning}>
            <Swatch state={state} palette={palette} />
            <span>{label}</span> <b>{countText(count)}</b>
          </li>
        );
      })}
    </ul>
  );
}

export function Swatch({
  state,
  palette,
}: {
  readonly state: number;
  readonly palette: GridPalette;
}): VNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (canvas.current === null || !context) return;
    const scale = devicePixelRatio;
    canvas.current.width = swatchPx * scale;
    canvas.current.height = swatchPx * scale;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    drawPort(context, palette, state, { xPx: 0, yPx: 0 }, swatchPx);
  }, [state, palette]);
  return <canvas class="swatch" ref={canvas} aria-hidden="true" />;
}
