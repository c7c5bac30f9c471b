import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Collector, Source, SourcePage } from '@/api/types';
import { formatCount, formatShort } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { formatAge, formatTime } from '@/shared/time/format';
import shared from '@/shared/ui/List.module.css';
import own from './SourceList.module.css';
import { formatRate, formatShare, normalizerName, silence, verdict } from './sourcesState';

const classes = { ...shared, ...own };

export interface CollectorSources {
  collector: Collector;
  sources: Source[];
  forgotten: SourcePage | undefined;
}

interface Props {
  groups: CollectorSources[];
  /** Collectors without a source are left out. */
  filtered: boolean;
  pending: boolean;
  open: { collector: string; source: string } | null;
  now: number;
  onOpen: (collector: string, source: string) => void;
}

const rowLimit = 500;

/** The sources of each collector, those that need a look first. */
export function SourceList({ groups, filtered, pending, open, now, onOpen }: Props) {
  const { t } = useTranslation();
  return (
    <div className={classes.scroll} data-testid="sources">
      <div className={`${classes.row ?? ''} ${classes.columns ?? ''} ${classes.head ?? ''}`} aria-hidden>
        <span>{t('sources.source')}</span>
        <span className={classes.successHead}>{t('sources.success')}</span>
        <span className={classes.number}>{t('sources.recent')}</span>
        <span className={classes.number}>{t('sources.eps')}</span>
        <span className={classes.number}>{t('sources.lastSeen')}</span>
      </div>
      {groups
        .filter(({ sources }) => !filtered || sources.length > 0)
        .map(({ collector, sources, forgotten }) => (
          <section key={collector.name} aria-label={collector.name}>
            <h2 className={classes.group} data-status={collector.status}>
              <strong>{collector.name}</strong>
              <span>{collector.type}</span>
              <span className={classes.address} title={collector.addresses.join('\n')}>
                {collector.addresses.join(', ')}
              </span>
              <b className={classes.number}>{formatRate(collector.eventsPerSecond)}</b>
            </h2>
            {sources.slice(0, rowLimit).map((source) => (
              <Row key={source.id} source={source} chosen={open?.collector === collector.name && open.source === source.id} now={now} onOpen={() => onOpen(collector.name, source.id)} />
            ))}
            {sources.length > rowLimit ? <p className={classes.note}>{t('sources.firstShown', { count: rowLimit })}</p> : null}
            {sources.length === 0 && !pending ? <p className={classes.note}>{t('sources.quiet')}</p> : null}
            {forgotten && forgotten.forgottenSources > 0 ? <p className={classes.note}>{t('sources.forgotten', { count: forgotten.forgottenSources, events: formatCount(forgotten.forgottenEvents) })}</p> : null}
          </section>
        ))}
    </div>
  );
}

function Row({ source, chosen, now, onOpen }: { source: Source; chosen: boolean; now: number; onOpen: () => void }) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const row = useRef<HTMLButtonElement>(null);
  const state = verdict(source, now);
  const quiet = silence(source, now);
  const [main, ...others] = source.normalizers;
  useEffect(() => {
    if (chosen) row.current?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  const recent = source.recentSuccessPercent;
  return (
    <button ref={row} type="button" className={`${classes.row ?? ''} ${classes.columns ?? ''} ${classes.line ?? ''}`} data-verdict={state} aria-current={chosen || undefined} onClick={onOpen} data-testid="source-row">
      <span className={`${classes.name ?? ''} ${classes.source ?? ''}`}>
        <span className="mono">{source.source}</span>
        <span className={classes.second}>
          {main ? normalizerName(main.name).name : t('sources.notUnderstood')}
          {others.length > 0 ? ` +${others.length}` : ''}
          {quiet !== null ? <em>{t('sources.silent', { age: formatAge(source.lastSeen, now) })}</em> : null}
          {source.missing > 0 ? <em title={t('sources.missingHint')}>{t('sources.missingCount', { count: formatShort(source.missing) })}</em> : null}
          {source.fadedFields.length > 0 ? <em title={source.fadedFields.join('\n')}>{t('sources.faded', { count: source.fadedFields.length })}</em> : null}
        </span>
      </span>
      <span className={classes.success}>
        <span className={classes.bar} aria-hidden>
          <i style={{ width: `${source.successPercent}%` }} />
        </span>
        <span>{formatShare(source.successPercent)}</span>
      </span>
      <span className={classes.number} data-low={recent !== null && recent < source.successPercent - 5 ? true : undefined}>
        {recent === null ? <i className={classes.muted}>—</i> : formatShare(recent)}
      </span>
      <span className={classes.number}>{source.eventsPerSecond >= 10_000 ? formatShort(source.eventsPerSecond) : formatRate(source.eventsPerSecond)}</span>
      <span className={classes.number} data-low={quiet !== null || undefined} title={formatTime(source.lastSeen, zone)}>
        {formatAge(source.lastSeen, now)}
      </span>
    </button>
  );
}
