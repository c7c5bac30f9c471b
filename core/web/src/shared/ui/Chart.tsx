import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { usePreferences } from '@/shared/preferences';

export interface Palette {
  bar: string;
  hit: string;
  line: string;
  text: string;
  accent: string;
}

interface Props {
  label: string;
  height: number;
  data: uPlot.AlignedData;
  /** Must be stable (memoized): the chart is built anew when it changes. */
  options: (palette: Palette) => Omit<uPlot.Options, 'width' | 'height'>;
}

function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string) => style.getPropertyValue(name).trim();
  return { bar: value('--bar'), hit: value('--bar-hit'), line: value('--line'), text: value('--text-3'), accent: value('--accent') };
}

/** uPlot in React: follows the width of its box and the theme. */
export function Chart({ label, height, data, options }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const latest = useRef(data);
  const { theme } = usePreferences();

  useEffect(() => {
    latest.current = data;
    chart.current?.setData(data);
  }, [data]);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const width = () => Math.max(60, element.clientWidth);
    const plot = new uPlot({ ...options(palette()), width: width(), height }, latest.current, element);
    chart.current = plot;
    const observer = new ResizeObserver(() => {
      if (plot.width !== width()) plot.setSize({ width: width(), height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
      chart.current = null;
    };
  }, [options, height, theme]);

  return <div ref={box} role="img" aria-label={label} style={{ width: '100%', height, overflow: 'hidden' }} />;
}
