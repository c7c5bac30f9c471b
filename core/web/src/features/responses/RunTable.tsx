import { Button, UnstyledButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ResponseRule, RunState } from '@/api/responses';
import { formatCount } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { formatAge, formatTime } from '@/shared/time/format';
import { Empty, Failure, Loading } from '@/shared/ui/states';
import { useRuns } from './queries';
import { runStates } from './responsesState';
import { Actor, Outcome, RunStateMark } from './RunParts';
import frame from '@/shared/ui/Detail.module.css';
import own from './RunTable.module.css';

const classes = { ...frame, ...own };

interface Props {
  /** Only runs of this one; of all without it. */
  response?: string;
  state: RunState | undefined;
  /** Runs by state, when they are known. */
  counts?: ResponseRule['runs'];
  now: number;
  onState: (state: RunState | undefined) => void;
}

/** Runs, newest first: when, for which alert, who wanted it, and how it ended. */
export function RunTable({ response, state, counts, now, onState }: Props) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const runs = useRuns(response, state);
  const found = runs.data?.pages.flatMap((page) => page.items) ?? [];
  // A state of which there is nothing is no choice, unless it is the one that was chosen.
  const choices = counts ? runStates.filter((one) => (counts[one] ?? 0) > 0 || one === state) : runStates;
  return (
    <div className={classes.runs}>
      {choices.length > 0 ? (
        <div className={classes.filters} role="group" aria-label={t('responses.byState')}>
          {choices.map((one) => (
            <UnstyledButton key={one} className={classes.filter} aria-pressed={state === one} onClick={() => onState(state === one ? undefined : one)} data-testid={`state-${one}`}>
              {t(`responses.run.${one}`)} {counts ? <b>{formatCount(counts[one] ?? 0)}</b> : null}
            </UnstyledButton>
          ))}
        </div>
      ) : null}
      {runs.isPending ? (
        <Loading rows={6} />
      ) : runs.error && found.length === 0 ? (
        <Failure error={runs.error} retry={() => void runs.refetch()} />
      ) : found.length === 0 ? (
        <Empty title={state ? t('responses.noSuchRuns') : t('responses.noRuns')}>{state ? null : t('responses.noRunsText')}</Empty>
      ) : (
        <table className={classes.table} data-testid="runs">
          <thead>
            <tr>
              <th>{t('responses.time')}</th>
              {response ? null : <th>{t('responses.name')}</th>}
              <th>{t('responses.result')}</th>
              <th>{t('responses.alert')}</th>
              <th>{t('responses.outcome')}</th>
            </tr>
          </thead>
          <tbody>
            {found.map((run) => (
              <tr key={run.id} data-testid="run" data-response={run.response} data-state={run.state}>
                <td>
                  <time title={formatTime(run.createdAt, zone)}>{t('common.ago', { age: formatAge(run.createdAt, now) })}</time>
                  <span className={classes.by} data-testid="run-by">
                    <Actor run={run} />
                  </span>
                </td>
                {response ? null : (
                  <td>
                    <Link to="/responses" search={{ response: run.response }}>
                      {run.response}
                    </Link>
                  </td>
                )}
                <td>
                  <RunStateMark state={run.state} />
                </td>
                <td className={classes.alert} title={run.ruleName}>
                  {run.alertId ? (
                    <Link to="/alerts" search={{ alert: run.alertId, status: 'all', rule: run.ruleId }}>
                      {run.ruleName}
                    </Link>
                  ) : (
                    <span className={classes.muted}>{run.ruleName}</span>
                  )}
                </td>
                <td className={`${classes.wide ?? ''} ${classes.outcome ?? ''}`}>
                  <Outcome run={run} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {runs.hasNextPage ? (
        <Button variant="default" size="compact-sm" loading={runs.isFetchingNextPage} onClick={() => void runs.fetchNextPage()}>
          {t('responses.older')}
        </Button>
      ) : null}
    </div>
  );
}
