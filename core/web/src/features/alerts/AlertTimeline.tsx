import { IconFlag3Filled } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertEvent, EventRecord } from '@/api/types';
import { usePreferences } from '@/shared/preferences';
import { eventTime, formatClock, formatDuration, formatTime } from '@/shared/time/format';
import classes from './AlertTimeline.module.css';

const maxLanes = 6;

interface Props {
  hits: readonly AlertEvent[];
  current: AlertEvent | null;
  events: readonly EventRecord[];
  onHit: (hit: AlertEvent) => void;
}

/** The story of an alert on one time axis: a lane for each kind of event, flags where the rule fired. */
export function AlertTimeline({ hits, current, events, onHit }: Props) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const { lanes, from, to } = useMemo(() => lanesOf(hits, events), [hits, events]);
  const span = to - from;
  const at = (time: number) => (span === 0 ? '50%' : `${(2 + (96 * (time - from)) / span).toFixed(2)}%`);
  const ticks = span === 0 ? [from] : [0, 1, 2].map((index) => from + (span * index) / 2);
  // Labels would repeat when the whole axis is shorter than a few seconds.
  const label = (time: number) => (span === 0 ? formatTime(time, zone, 'milli').slice(11) : span < 8000 ? `+${formatDuration(time - from)}` : formatClock(time, zone));

  return (
    <figure className={classes.timeline} aria-label={t('alerts.timeline')}>
      {lanes.map((lane) => (
        <div key={lane.name} className={classes.lane}>
          <span className={classes.name} title={lane.name}>
            {lane.name || t('alerts.otherEvents')} <b>{lane.times.length}</b>
          </span>
          <div className={classes.track}>
            {lane.times.map((event) => (
              <i key={event.id} className={classes.dot} style={{ left: at(event.time) }} title={`${formatTime(event.time, zone, 'milli')}\n${event.text}`} />
            ))}
          </div>
        </div>
      ))}
      <div className={classes.lane}>
        <span className={classes.name}>
          {t('alerts.ruleFired')} <b>{hits.length}</b>
        </span>
        <div className={classes.track} data-hits>
          {hits.map((hit) => (
            <button
              key={hit.id}
              type="button"
              className={classes.flag}
              aria-pressed={hit.id === current?.id}
              style={{ left: at(hit.time) }}
              title={`${formatTime(hit.time, zone, 'milli')}\n${hit.summary}`}
              aria-label={`${t('alerts.hit')} ${formatTime(hit.time, zone)}`}
              onClick={() => onHit(hit)}
            >
              <IconFlag3Filled size={14} />
            </button>
          ))}
        </div>
      </div>
      <div className={classes.lane}>
        <span className={classes.name}>{span === 0 ? '' : formatDuration(span)}</span>
        <div className={classes.axis}>
          {ticks.map((tick, index) => (
            <span key={index} style={{ left: at(tick) }} data-end={span === 0 ? undefined : index === 0 ? 'start' : index === 2 ? 'end' : undefined}>
              {label(tick)}
            </span>
          ))}
        </div>
      </div>
    </figure>
  );
}

interface Lane {
  name: string;
  times: { id: string; time: number; text: string }[];
}

export function lanesOf(hits: readonly AlertEvent[], events: readonly EventRecord[]): { lanes: Lane[]; from: number; to: number } {
  const byName = new Map<string, Lane>();
  const times = hits.map((hit) => hit.time);
  for (const event of events) {
    const time = eventTime(event);
    if (time === null) continue;
    times.push(time);
    let name = String(event.Name || event.DeviceProcessName || '');
    if (!byName.has(name) && byName.size >= maxLanes - 1) name = '';
    const lane = byName.get(name) ?? { name, times: [] };
    byName.set(name, lane);
    lane.times.push({ id: String(event.ID), time, text: String(event.Message || event.Raw || '') });
  }
  const from = times.reduce((a, b) => Math.min(a, b), Infinity);
  const to = times.reduce((a, b) => Math.max(a, b), -Infinity);
  return { lanes: [...byName.values()], from: Number.isFinite(from) ? from : 0, to: Number.isFinite(to) ? to : 0 };
}
