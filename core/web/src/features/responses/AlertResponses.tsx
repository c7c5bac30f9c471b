import { Button } from '@mantine/core';
import { IconBolt } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertDetail, AlertEvent } from '@/api/types';
import { useUser } from '@/features/session/session';
import { usePreferences } from '@/shared/preferences';
import { formatAge, formatTime } from '@/shared/time/format';
import { Failure, Loading } from '@/shared/ui/states';
import { useNow } from '@/shared/ui/useNow';
import classes from './AlertResponses.module.css';
import { alertRunsQuery } from './queries';
import { RunForm } from './RunForm';
import { Actor, KindIcon, Outcome, RunStateMark } from './RunParts';

const shortList = 4;

/** What was done for the findings of an alert, by itself and by hand, and doing more. */
export function AlertResponses({ alert, hit }: { alert: AlertDetail; hit: AlertEvent | null }) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const user = useUser();
  const now = useNow(15_000);
  const [choosing, setChoosing] = useState(false);
  const [all, setAll] = useState(false);
  const runs = useQuery(alertRunsQuery(alert.id));
  const found = runs.data?.items ?? [];
  const shown = all ? found : found.slice(0, shortList);
  const mayRun = user !== null && user.role !== 'viewer' && hit !== null;
  return (
    <section className={classes.responses} data-testid="alert-responses">
      <h3>
        {t('responses.title')} {found.length > 0 ? <span>{runs.data?.next ? `${found.length}+` : found.length}</span> : null}
        {mayRun && !choosing ? (
          <Button variant="default" size="compact-sm" leftSection={<IconBolt size={14} />} className={classes.run} onClick={() => setChoosing(true)} data-testid="run-response">
            {t('responses.runOne')}
          </Button>
        ) : null}
      </h3>
      {choosing && hit ? <RunForm alert={alert} hit={hit} onDone={() => setChoosing(false)} /> : null}
      {runs.isPending ? (
        <Loading rows={2} />
      ) : runs.error && found.length === 0 ? (
        <Failure error={runs.error} compact retry={() => void runs.refetch()} />
      ) : found.length === 0 ? (
        choosing ? null : <p className={classes.none}>{t('responses.noneRan')}</p>
      ) : (
        <ol className={classes.list}>
          {shown.map((run) => (
            <li key={run.id} data-testid="alert-run" data-response={run.response} data-state={run.state}>
              <KindIcon kind={run.kind} />
              <div className={classes.what}>
                <div className={classes.line}>
                  <Link to="/responses" search={{ response: run.response }} className={classes.name}>
                    {run.response}
                  </Link>
                  <RunStateMark state={run.state} />
                  <span className={classes.by}>
                    <Actor run={run} /> · <time title={formatTime(run.createdAt, zone)}>{t('common.ago', { age: formatAge(run.createdAt, now) })}</time>
                  </span>
                </div>
                <Outcome run={run} />
              </div>
            </li>
          ))}
        </ol>
      )}
      {found.length > shortList ? (
        <Button variant="subtle" size="compact-xs" onClick={() => setAll(!all)}>
          {all ? t('alerts.less') : t('responses.allRuns', { count: found.length })}
        </Button>
      ) : null}
    </section>
  );
}
