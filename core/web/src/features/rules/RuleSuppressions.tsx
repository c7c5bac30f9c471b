import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import { formatCount } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { formatTime } from '@/shared/time/format';
import { Failure } from '@/shared/ui/states';
import classes from './rulesLook';
import { groupFields } from './rulesState';

/** Groups of alerts that are held back; nothing at all when there are none. */
export function RuleSuppressions({ ruleId, now }: { ruleId: string; now: number }) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const queryClient = useQueryClient();
  const suppressions = useQuery({ queryKey: ['suppressions'], queryFn: api.suppressions });
  const end = useMutation({
    mutationFn: api.endSuppression,
    onSuccess: () => Promise.all([queryClient.invalidateQueries({ queryKey: ['suppressions'] }), queryClient.invalidateQueries({ queryKey: ['alerts'] })]),
  });
  const mine = suppressions.data?.items.filter((one) => one.ruleId === ruleId) ?? [];
  if (suppressions.error) return <Failure error={suppressions.error} compact retry={() => void suppressions.refetch()} />;
  if (mine.length === 0) return null;
  return (
    <section data-testid="suppressions">
      <h3>
        {t('suppressions.title')} <span>{mine.length}</span>
      </h3>
      <table className={classes.table}>
        <thead>
          <tr>
            <th>{t('suppressions.group')}</th>
            <th>{t('exceptions.reason')}</th>
            <th>{t('exceptions.until')}</th>
            <th className={classes.number}>{t('exceptions.held')}</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {mine.map((one) => {
            const over = one.endedAt !== null || one.expiresAt <= now;
            return (
              <tr key={one.id} data-over={over || undefined}>
                <td className={classes.pairs}>
                  <Link to="/alerts" search={{ alert: one.alertId, status: 'all', rule: one.ruleId }}>
                    {one.group === ''
                      ? t('exceptions.everything')
                      : groupFields(one.group).map(([name, value]) => (
                          <span key={name}>
                            {name} = <b className="mono">{value}</b>
                          </span>
                        ))}
                  </Link>
                </td>
                <td className={classes.wide} title={`${one.reason}\n${one.createdBy}`}>
                  {one.reason} <span className={classes.muted}>{one.createdBy}</span>
                </td>
                <td>{over ? <span className={classes.muted}>{t('exceptions.over')}</span> : formatTime(one.expiresAt, zone, 'minute')}</td>
                <td className={classes.number}>{formatCount(one.hits)}</td>
                <td>
                  {over ? null : (
                    <Button variant="default" size="compact-xs" onClick={() => end.mutate(one.id)} data-testid="suppression-end">
                      {t('suppressions.end')}
                    </Button>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {end.error ? <Failure error={end.error} compact /> : null}
    </section>
  );
}
