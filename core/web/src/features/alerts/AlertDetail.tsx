import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert, AlertEvent, AlertPatch } from '@/api/types';
import { formatCount } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { formatDuration, formatTime } from '@/shared/time/format';
import { Failure, Loading } from '@/shared/ui/states';
import { AlertResponses } from '@/features/responses/AlertResponses';
import { Severity } from '@/shared/ui/Severity';
import { AlertActions, type ActionMenu } from './AlertActions';
import classes from './AlertDetail.module.css';
import { AlertEvidence } from './AlertEvidence';
import { AlertNotes } from './AlertNotes';
import { EntityChip, Mitre } from './parts';
import { alertDetailQuery } from './queries';
import { entitySearch, searchOf } from './searchLink';
import { WhyFired } from './WhyFired';

interface Props {
  id: string;
  /** What the queue knows already, shown until the rest has come. */
  known: Alert | null;
  menu: ActionMenu;
  onMenu: (menu: ActionMenu) => void;
  onPatch: (alert: Alert, patch: Omit<AlertPatch, 'version'>) => void;
}

export function AlertDetail({ id, known, menu, onMenu, onPatch }: Props) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const navigate = useNavigate();
  const query = useQuery(alertDetailQuery(id));
  const detail = query.data;
  const alert = detail ?? known;
  const [chosen, setChosen] = useState<AlertEvent | null>(null);
  const hit = detail?.events.find((event) => event.id === chosen?.id) ?? chosen ?? detail?.events[0] ?? null;

  if (!alert) return query.error ? <Failure error={query.error} retry={() => void query.refetch()} /> : <Loading rows={12} />;
  const time = (moment: number) => formatTime(moment, zone);

  return (
    <article className={classes.detail} aria-label={alert.name} data-testid="alert-detail">
      <header className={classes.header}>
        <div className={classes.title}>
          <Severity priority={alert.priority} />
          <h2>{alert.name}</h2>
        </div>
        <AlertActions alert={alert} menu={menu} onMenu={onMenu} onPatch={(patch) => onPatch(alert, patch)} onEvents={() => void navigate({ to: '/events', search: searchOf(alert, hit) })} />
      </header>
      <div className={classes.columns}>
        <div className={classes.main}>
          {alert.summary ? <p className={classes.summary}>{alert.summary}</p> : null}
          <dl className={classes.facts}>
            <div>
              <dt>{t('alerts.firstSeen')}</dt>
              <dd className="mono">{time(alert.firstSeen)}</dd>
            </div>
            <div>
              <dt>{t('alerts.lastSeen')}</dt>
              <dd className="mono">{time(alert.lastSeen)}</dd>
            </div>
            <div>
              <dt>{t('alerts.duration')}</dt>
              <dd>{formatDuration(alert.lastSeen - alert.firstSeen)}</dd>
            </div>
            <div>
              <dt>{t('alerts.hits')}</dt>
              <dd>
                {formatCount(alert.count)}
                {alert.overflow ? ` · ${t('alerts.overflow')}` : ''}
              </dd>
            </div>
            <div>
              <dt>{t('alerts.rule')}</dt>
              <dd>
                <Link to="/rules" search={{ rule: alert.ruleId }} className={classes.ruleLink}>
                  {alert.ruleName}
                </Link>
              </dd>
            </div>
            {alert.closingReason ? (
              <div>
                <dt>{t('alerts.closedAs')}</dt>
                <dd>{t(`closing.${alert.closingReason}`)}</dd>
              </div>
            ) : null}
          </dl>
          <div className={classes.tags}>
            {alert.entities.map((entity) => (
              <EntityChip key={entity.kind + entity.value} entity={entity} search={entitySearch(alert, detail?.events ?? [], entity.value)} />
            ))}
            <Mitre tactics={alert.tactics} techniques={alert.techniques} />
          </div>
          {query.error ? <Failure error={query.error} compact retry={() => void query.refetch()} /> : null}
          {detail ? <WhyFired key={detail.id} alert={detail} hit={hit} /> : null}
          {detail ? <AlertResponses key={`responses ${detail.id}`} alert={detail} hit={hit} /> : null}
          {detail ? <AlertEvidence alert={detail} hit={hit} onHit={setChosen} /> : <Loading rows={8} />}
        </div>
        <aside className={classes.notes}>{detail ? <AlertNotes alert={detail} /> : <Loading rows={5} />}</aside>
      </div>
    </article>
  );
}
