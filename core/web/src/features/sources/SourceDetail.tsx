import { ActionIcon, Tooltip } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconLink, IconListSearch, IconMoodEmpty } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { isProblem } from '@/api/client';
import { api } from '@/api/endpoints';
import type { Collector, Source, SourceDetail as Detail } from '@/api/types';
import { copyText } from '@/shared/clipboard';
import { formatCount } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { formatAge, formatClock, formatTime } from '@/shared/time/format';
import { Empty, Failure, Loading } from '@/shared/ui/states';
import { Failures } from './Failures';
import { FillRates } from './FillRates';
import frame from '@/shared/ui/Detail.module.css';
import own from './SourceDetail.module.css';
import { StageStrip } from './StageStrip';
import { formatRate, formatShare, normalizerName, silence, verdict, wellPercent } from './sourcesState';

const classes = { ...frame, ...own };

/** One source: what was understood, by whom, which fields it fills, what went wrong, and the way through its collector. */
export function SourceDetail({ name, id, collector, now }: { name: string; id: string; collector: Collector | undefined; now: number }) {
  const { t } = useTranslation();
  const detail = useQuery({ queryKey: ['collectors', name, 'sources', id], queryFn: () => api.source(name, id), refetchInterval: 5000, retry: (count, error) => !isProblem(error, 404) && count < 2 });
  if (detail.isPending) return <Loading rows={12} />;
  if (isProblem(detail.error, 404))
    return (
      <Empty title={t('sources.gone')} icon={<IconMoodEmpty size={28} stroke={1.4} />}>
        {t('sources.goneText')}
      </Empty>
    );
  if (detail.error && !detail.data) return <Failure error={detail.error} retry={() => void detail.refetch()} />;
  const data = detail.data;
  return (
    <article className={classes.detail} data-testid="source-detail" data-source={data.summary.source}>
      <Head detail={data} now={now} />
      <div className={classes.body}>
        <Summary detail={data} now={now} />
        <StageStrip name={name} collector={collector} />
        <div className={classes.columns}>
          <FillRates fields={data.fields} sampled={data.summary.sampledEvents} />
          <Failures errors={data.errors} failures={data.failures} now={now} />
        </div>
      </div>
    </article>
  );
}

function Head({ detail, now }: { detail: Detail; now: number }) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const source = detail.summary;
  const state = verdict(source, now);
  return (
    <header className={classes.header}>
      <div className={classes.title}>
        <h2 className="mono">{source.source}</h2>
        <span className={classes.muted}>
          {t('sources.atCollector')} {detail.collector}
        </span>
        <span className={classes.space} />
        <Link to="/events" search={{ f: [`ServiceName=${detail.collector}`, `${source.source.startsWith('/') ? 'EntryPath' : 'EntryAddress'}=${source.source}`] }} className={classes.link} data-testid="show-events">
          <IconListSearch size={15} aria-hidden /> {t('sources.showEvents')}
        </Link>
        <Tooltip label={t('sources.copyLink')}>
          <ActionIcon aria-label={t('sources.copyLink')} onClick={() => void copyText(`${location.origin}/sources?collector=${encodeURIComponent(detail.collector)}&source=${source.id}`)}>
            <IconLink size={16} />
          </ActionIcon>
        </Tooltip>
      </div>
      <div className={classes.verdicts} data-verdict={state}>
        {state === 'well' ? (
          <span data-well>
            <IconCircleCheck size={15} aria-hidden /> {t('sources.well')}
          </span>
        ) : (
          reasons(source, now, t).map((reason) => (
            <span key={reason}>
              <IconAlertTriangle size={15} aria-hidden /> {reason}
            </span>
          ))
        )}
        <span className={classes.muted} title={formatTime(source.lastSeen, zone)}>
          {formatRate(source.eventsPerSecond)} {t('sources.eps').toLowerCase()} · {t('common.ago', { age: formatAge(source.lastSeen, now) })} · {t('sources.since', { time: formatTime(source.firstSeen, zone, 'minute') })}
        </span>
      </div>
    </header>
  );
}

function reasons(source: Source, now: number, t: TFunction): string[] {
  const found: string[] = [];
  const recent = source.recentSuccessPercent;
  if (source.successPercent < wellPercent) found.push(`${formatShare(source.successPercent)} ${t('sources.parsed').toLowerCase()}`);
  if (recent !== null && recent < wellPercent && Math.abs(recent - source.successPercent) > 0.5) found.push(t('sources.recentLow', { percent: formatShare(recent) }));
  if (source.fadedFields.length > 0) found.push(t('sources.faded', { count: source.fadedFields.length }));
  if (silence(source, now) !== null) found.push(t('sources.silent', { age: formatAge(source.lastSeen, now) }));
  return found;
}

function Summary({ detail, now }: { detail: Detail; now: number }) {
  const { t } = useTranslation();
  const source = detail.summary;
  const share = (count: number) => (source.events === 0 ? 0 : (100 * count) / source.events);
  const understood = source.normalizers.reduce((sum, way) => sum + way.events, 0);
  return (
    <section className={classes.summary}>
      <div className={classes.outcome}>
        <div className={classes.split} aria-hidden>
          <i data-kind="parsed" style={{ width: `${share(source.parsed)}%` }} />
          <i data-kind="partial" style={{ width: `${share(source.partial)}%` }} />
          <i data-kind="failed" style={{ width: `${share(source.failed)}%` }} />
        </div>
        <dl className={classes.counts}>
          {(['parsed', 'partial', 'failed'] as const).map((kind) => (
            <div key={kind} data-kind={kind} data-zero={source[kind] === 0 || undefined}>
              <dt>{t(`sources.${kind}`)}</dt>
              <dd>
                {formatCount(source[kind])} <span>{formatShare(share(source[kind]))}</span>
              </dd>
            </div>
          ))}
          {source.missing > 0 ? (
            <div data-kind="missing" title={t('sources.missingHint')}>
              <dt>{t('sources.missing')}</dt>
              <dd>
                {formatCount(source.missing)} <span />
              </dd>
            </div>
          ) : null}
        </dl>
      </div>
      <div className={classes.ways}>
        <h3>{t('sources.normalizers')}</h3>
        {source.normalizers.length === 0 ? <span className={classes.muted}>—</span> : null}
        {source.normalizers.slice(0, 5).map((way) => {
          const parts = normalizerName(way.name);
          return (
            <div key={way.name} className={classes.way} title={way.name}>
              <span className="mono">
                <span className={classes.path}>{parts.path}</span>
                <span className={classes.last}>{parts.name}</span>
              </span>
              <b>{formatShare((100 * way.events) / understood)}</b>
            </div>
          );
        })}
        {source.normalizers.length > 5 ? <span className={classes.muted}>+{source.normalizers.length - 5}</span> : null}
      </div>
      <Minutes minutes={detail.minutes} now={now} />
    </section>
  );
}

const minuteMillis = 60_000;

/** A bar for each minute of the last hour; what was not parsed whole stands at its foot. */
function Minutes({ minutes, now }: { minutes: Detail['minutes']; now: number }) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const last = Math.max(minutes.at(-1)?.time ?? 0, Math.floor(now / minuteMillis) * minuteMillis);
  const top = Math.max(...minutes.map((minute) => minute.events), 1);
  return (
    <div className={classes.minutes}>
      <h3>{t('sources.hour')}</h3>
      <svg viewBox="0 0 240 44" preserveAspectRatio="none" role="img" aria-label={t('sources.hour')}>
        {minutes.map((minute) => {
          const x = (59 - (last - minute.time) / minuteMillis) * 4;
          const height = Math.max(1, (43 * minute.events) / top);
          const faulty = minute.events === 0 ? 0 : (height * (minute.events - minute.parsed)) / minute.events;
          return (
            <g key={minute.time}>
              <title>{t('sources.minute', { time: formatClock(minute.time, zone, false), events: formatCount(minute.events), faulty: formatCount(minute.events - minute.parsed) })}</title>
              <rect x={x} y={44 - height} width={3} height={height} data-kind="events" />
              {faulty > 0 ? <rect x={x} y={44 - Math.max(1, faulty)} width={3} height={Math.max(1, faulty)} data-kind="faulty" /> : null}
            </g>
          );
        })}
      </svg>
    </div>
  );
}
