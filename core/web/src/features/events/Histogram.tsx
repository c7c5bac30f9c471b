import { useCallback, useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import uPlot from 'uplot';
import { formatCount, formatShort } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { formatClock, formatDay, formatDuration, formatTime } from '@/shared/time/format';
import type { Bounds } from '@/shared/time/range';
import { Chart, type Palette } from '@/shared/ui/Chart';
import classes from './Histogram.module.css';
import type { HistogramData } from './useEventSearch';

interface Props {
  data: HistogramData;
  bounds: Bounds;
  stale: boolean;
  onZoom: (from: number, to: number) => void;
}

const height = 96;

/** Counts over time: drag across bars to zoom in. Orange parts are correlation events. */
export function Histogram({ data, bounds, stale, onZoom }: Props) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const readout = useRef<HTMLSpanElement>(null);
  const latest = useRef({ data, onZoom });
  useEffect(() => {
    latest.current = { data, onZoom };
  });

  const series = useMemo<uPlot.AlignedData>(
    () => [data.bars.map((bar) => bar.time), data.bars.map((bar) => bar.events)],
    [data],
  );

  const { from, to } = bounds;
  const options = useCallback(
    (palette: Palette): Omit<uPlot.Options, 'width' | 'height'> => {
      const bars = uPlot.paths.bars?.({ size: [0.86, 40, 1], align: 1, radius: 0.12 });
      return {
        legend: { show: false },
        padding: [6, 0, 0, 0],
        cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false }, focus: { prox: -1 } },
        tzDate: (seconds) => (zone === 'utc' ? uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') : new Date(seconds * 1000)),
        scales: { x: { time: true, range: () => [from / 1000, to / 1000] }, y: { range: (_, __, max) => [0, Math.max(max, 1) * 1.08] } },
        axes: [
          {
            stroke: palette.text,
            font: '11px Inter Variable, sans-serif',
            size: 20,
            gap: 3,
            space: 90,
            grid: { show: false },
            ticks: { show: true, stroke: palette.line, size: 3, width: 1 },
            values: (_, splits, __, ___, step) =>
              splits.map((split) => (step >= 86_400 ? formatDay(split * 1000, zone).slice(5) : axisLabel(split * 1000, zone, step))),
          },
          {
            stroke: palette.text,
            font: '11px Inter Variable, sans-serif',
            size: 44,
            gap: 4,
            space: 28,
            grid: { stroke: palette.line, width: 1 },
            ticks: { show: false },
            values: (_, splits) => splits.map((split) => (Number.isInteger(split) ? formatShort(split) : '')),
          },
        ],
        series: [
          {},
          { fill: palette.bar, width: 0, points: { show: false }, paths: bars },
        ],
        hooks: {
          draw: [(plot) => drawHits(plot, latest.current.data, palette.hit)],
          setSelect: [
            (plot) => {
              if (plot.select.width < 3) return;
              const start = plot.posToVal(plot.select.left, 'x') * 1000;
              const end = plot.posToVal(plot.select.left + plot.select.width, 'x') * 1000;
              plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              latest.current.onZoom(Math.round(start), Math.round(end));
            },
          ],
          setCursor: [
            (plot) => {
              const element = readout.current;
              if (!element) return;
              const { bars: all, seconds } = latest.current.data;
              const at = plot.cursor.left !== undefined && plot.cursor.left >= 0 ? plot.posToVal(plot.cursor.left, 'x') : null;
              const bar = at === null ? undefined : all.find((one) => one.time <= at && at < one.time + seconds);
              element.textContent = bar
                ? `${formatTime(bar.time * 1000, zone)} → ${formatClock((bar.time + seconds) * 1000, zone)} · ${formatCount(bar.events)}${bar.hits ? ` · ${formatCount(bar.hits)} ⚑` : ''}`
                : '';
            },
          ],
        },
      };
    },
    [from, to, zone],
  );

  return (
    <section className={classes.histogram} data-stale={stale || undefined} aria-label={t('events.histogram')} data-testid="histogram">
      <div className={classes.line}>
        <strong data-testid="total">{t('events.count', { count: data.events, text: formatCount(data.events) })}</strong>
        {data.hits > 0 ? (
          <span className={classes.hits}>
            <i /> {t('events.hits', { count: data.hits, text: formatCount(data.hits) })}
          </span>
        ) : null}
        <span className={classes.readout} ref={readout} />
        <span className={classes.hint}>{t('events.barWidth', { width: formatDuration(data.seconds * 1000) })}</span>
      </div>
      <Chart label={t('events.histogram')} height={height} data={series} options={options} />
    </section>
  );
}

/** Correlation events are few among many: each bar that has some gets a mark that is always tall enough to be seen. */
function drawHits(plot: uPlot, { bars, seconds }: HistogramData, color: string) {
  const { ctx } = plot;
  const least = 4 * devicePixelRatio;
  const bottom = plot.valToPos(0, 'y', true);
  ctx.save();
  ctx.fillStyle = color;
  for (const bar of bars) {
    if (bar.hits === 0) continue;
    const left = Math.max(plot.bbox.left, plot.valToPos(bar.time, 'x', true));
    const width = Math.max(2, (plot.valToPos(bar.time + seconds, 'x', true) - left) * 0.86);
    const height = Math.max(least, bottom - plot.valToPos(bar.hits, 'y', true));
    ctx.fillRect(left, bottom - height, width, height);
  }
  ctx.restore();
}

function axisLabel(moment: number, zone: 'utc' | 'local', stepSeconds: number): string {
  const clock = formatClock(moment, zone, stepSeconds < 60);
  return /^00:00(:00)?$/.test(clock) ? formatDay(moment, zone).slice(5) : clock;
}
