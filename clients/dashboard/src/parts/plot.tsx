// uPlot as a part of the page: it follows the width, the theme and the data, and tells where one points.

import type { VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { usePage } from "../app/page.js";
import { axes, cursor } from "./chart-style.js";
import { useElementWidth } from "./use-element-width.js";

export interface PlotProps {
  /** What it shows, for those who do not see it. */
  readonly label: string;
  readonly data: uPlot.AlignedData;
  readonly heightPx: number;
  /** The series in the colours of the theme that is shown now; the first is the time. */
  readonly describe: () => uPlot.Series[];
  /** The index of the time one points at; `null` for none. */
  readonly onPoint: (index: number | null) => void;
}

export function Plot({ label, data, heightPx, describe, onPoint }: PlotProps): VNode {
  const { theme } = usePage();
  const shown = theme.shown.value;
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const widthPx = useElementWidth(frame);
  const isMeasured = widthPx > 0;
  useLayoutEffect(() => {
    if (frame.current === null || !isMeasured) return undefined;
    const options: uPlot.Options = {
      width: frame.current.clientWidth,
      height: heightPx,
      series: describe(),
      axes: axes(),
      cursor,
      legend: { show: false },
      // From zero, and with room above the highest value.
      scales: { y: { range: (_, __, highest) => [0, Math.max(1, highest * 1.08)] } },
      hooks: { setCursor: [(self) => onPoint(self.cursor.idx ?? null)] },
    };
    plot.current = new uPlot(options, data, frame.current);
    return () => {
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shown, isMeasured, heightPx]);
  useLayoutEffect(() => plot.current?.setData(data), [data]);
  useLayoutEffect(() => {
    if (isMeasured) plot.current?.setSize({ width: widthPx, height: heightPx });
  }, [widthPx, heightPx, isMeasured]);
  return <div class="chart" ref={frame} role="img" aria-label={label} />;
}
