import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertDetail, AlertEvent, Cell, EventRecord } from '@/api/types';
import { useSchema } from '@/features/events/fields';
import { usePreferences } from '@/shared/preferences';
import { eventTime, formatTime, momentOf } from '@/shared/time/format';
import { Empty, Failure, Loading } from '@/shared/ui/states';
import classes from './AlertEvidence.module.css';
import { AlertTimeline } from './AlertTimeline';
import { useBaseEvents, useOlderHits } from './queries';
import { searchOf } from './searchLink';

/** Identifiers asked for at once; the rest is behind the link to the events. */
const maxIds = 500;
const shortList = 5;
/** Fields of a correlation event that the head of the alert says already, or that only the machinery needs. */
const knownFields = new Set(
  ('ID Timestamp Type TenantID ServiceID ServiceName SpaceID ConnectorName EntrySequence Raw Priority BaseEventIDs AffectedAssets CorrelationRuleID CorrelationRuleName ' +
    'DeviceAction DeviceEventClassID DeviceProduct DeviceVendor ExternalID Message Name Severity Tactic Technique').split(' '),
);

interface Props {
  alert: AlertDetail;
  hit: AlertEvent | null;
  onHit: (hit: AlertEvent) => void;
}

export function AlertEvidence({ alert, hit, onHit }: Props) {
  const { t } = useTranslation();
  const older = useOlderHits(alert);
  const hits = useMemo(() => {
    const known = new Map(alert.events.map((event) => [event.id, event]));
    for (const page of older.data?.pages ?? []) for (const event of page.events) if (!known.has(event.id)) known.set(event.id, event);
    return [...known.values()];
  }, [alert.events, older.data]);
  const hasOlder = older.data ? older.hasNextPage : Boolean(alert.eventsNext);
  const ids = useMemo(() => {
    // The chosen hit first: with many hits not all events are asked for.
    const all = [...(hit?.baseEventIds ?? []), ...hits.flatMap((event) => event.baseEventIds)];
    return [...new Set(all)].slice(0, maxIds);
  }, [hits, hit]);
  const base = useBaseEvents(ids, alert);
  const ofHit = useMemo(() => {
    const wanted = new Set(hit?.baseEventIds ?? []);
    return (base.data ?? []).filter((event) => wanted.has(String(event.ID)));
  }, [base.data, hit]);

  return (
    <>
      <section className={classes.section}>
        <h3>{t('alerts.timeline')}</h3>
        {ids.length > 0 && base.isPending ? <Loading rows={3} /> : <AlertTimeline hits={hits} current={hit} events={base.data ?? []} onHit={onHit} />}
        {base.error ? <Failure error={base.error} compact retry={() => void base.refetch()} /> : null}
      </section>
      {hits.length > 1 ? <Hits hits={hits} current={hit} onHit={onHit} onOlder={hasOlder ? () => void older.fetchNextPage() : null} loading={older.isFetching} /> : null}
      <section className={classes.section}>
        <h3>
          {t('alerts.baseEvents')} {hit ? <span>{ofHit.length}</span> : null}
          {hit ? (
            <Link to="/events" search={searchOf(alert, hit)} className={classes.link}>
              {t('alerts.openEvents')}
            </Link>
          ) : null}
        </h3>
        {!hit || (ids.length === 0 && !base.isPending) ? (
          <Empty title={t('alerts.noBase')} />
        ) : base.isPending ? (
          <Loading rows={6} />
        ) : ofHit.length === 0 && !base.error ? (
          <Empty title={t('alerts.baseGone')}>{t('alerts.baseGoneText')}</Empty>
        ) : (
          <BaseEvents events={ofHit} />
        )}
      </section>
      {hit ? (
        <section className={classes.section}>
          <h3>{t('alerts.correlation')}</h3>
          <CorrelationFields fields={hit.fields} />
        </section>
      ) : null}
    </>
  );
}

interface HitsProps {
  hits: readonly AlertEvent[];
  current: AlertEvent | null;
  loading: boolean;
  onHit: (hit: AlertEvent) => void;
  /** Fetches the next page; null when there is none. */
  onOlder: (() => void) | null;
}

function Hits({ hits, current, loading, onHit, onOlder }: HitsProps) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const [all, setAll] = useState(false);
  const shown = all ? hits : hits.slice(0, shortList);
  return (
    <section className={classes.section}>
      <h3>
        {t('alerts.hitList')} <span>{hits.length}{onOlder ? '+' : ''}</span>
      </h3>
      <div className={classes.hits}>
        {shown.map((hit) => (
          <button key={hit.id} type="button" className={classes.hit} aria-pressed={hit.id === current?.id} onClick={() => onHit(hit)}>
            <span className="mono">{formatTime(hit.time, zone)}</span>
            <span className={classes.hitText}>{hit.summary || String(hit.fields.Name ?? '')}</span>
            <span className={classes.muted}>{t('alerts.eventCount', { count: hit.baseEventIds.length })}</span>
          </button>
        ))}
      </div>
      {hits.length > shortList ? (
        <Button variant="subtle" size="compact-xs" onClick={() => setAll(!all)}>
          {all ? t('alerts.less') : t('alerts.allHits', { count: hits.length })}
        </Button>
      ) : null}
      {onOlder && (all || hits.length <= shortList) ? (
        <Button variant="subtle" size="compact-xs" loading={loading} onClick={onOlder} data-testid="older-hits">
          {t('alerts.moreHits')}
        </Button>
      ) : null}
    </section>
  );
}

function BaseEvents({ events }: { events: readonly EventRecord[] }) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  return (
    <div className={classes.tableBox}>
      <table className={classes.table} data-testid="base-events">
        <thead>
          <tr>
            <th>{t('alerts.time')}</th>
            <th>{t('alerts.host')}</th>
            <th>{t('alerts.event')}</th>
            <th>{t('alerts.message')}</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => {
            const moment = momentOf(event.Timestamp) ?? 0;
            const shown = eventTime(event) ?? moment;
            const text = String(event.Message || event.Raw || '');
            return (
              <tr key={String(event.ID)}>
                <td className="mono">
                  <Link to="/events" search={{ from: new Date(moment - 60_000).toISOString(), to: new Date(moment + 60_000).toISOString(), event: String(event.ID) }} title={t('cell.open')}>
                    {formatTime(shown, zone, 'milli').slice(11)}
                  </Link>
                </td>
                <td>{String(event.DeviceHostName ?? '')}</td>
                <td>{String(event.Name || event.DeviceProcessName || '')}</td>
                <td className={classes.message} title={text}>
                  {text}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function CorrelationFields({ fields }: { fields: EventRecord }) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const { types } = useSchema();
  const text = (name: string, value: Cell) => {
    const moment = types.get(name) === 'TIMESTAMP' ? momentOf(value) : null;
    if (moment !== null) return formatTime(moment, zone, 'milli');
    return Array.isArray(value) ? value.join(', ') : typeof value === 'object' ? JSON.stringify(value) : String(value);
  };
  const [all, setAll] = useState(false);
  const entries = Object.entries(fields).filter(([name, value]) => (all || !knownFields.has(name)) && value !== null && value !== '');
  return (
    <>
    <dl className={classes.fields} data-testid="correlation-fields">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text(name, value)}</dd>
        </div>
      ))}
    </dl>
    <Button variant="subtle" size="compact-xs" onClick={() => setAll(!all)}>
      {all ? t('alerts.less') : t('alerts.allFields')}
    </Button>
    </>
  );
}
