import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import { formatCount } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { formatAge, formatTime } from '@/shared/time/format';
import { Empty, Failure, Loading } from '@/shared/ui/states';
import { Severity } from '@/shared/ui/Severity';
import { useNow } from '@/shared/ui/useNow';
import { Mitre } from '@/features/alerts/parts';
import classes from './HealthPage.module.css';

export function Rules({ text, onText }: { text: string; onText: (text: string) => void }) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const now = useNow(15_000);
  const rules = useQuery({ queryKey: ['rules'], queryFn: api.rules, refetchInterval: 15_000 });
  if (rules.isPending) return <Loading rows={6} />;
  if (rules.error) return <Failure error={rules.error} retry={() => void rules.refetch()} />;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = rules.data.items
    .filter((rule) => words.every((word) => `${rule.name} ${rule.id} ${(rule.mitre ?? []).join(' ')}`.toLowerCase().includes(word)))
    .toSorted((a, b) => b.hits - a.hits || b.priority - a.priority || a.name.localeCompare(b.name));
  const shown = found.slice(0, 500);
  return (
    <>
      <div className={classes.tools}>
        <TextInput className={classes.search} leftSection={<IconSearch size={14} />} placeholder={t('health.searchRules')} aria-label={t('health.searchRules')} value={text} onChange={(event) => onText(event.currentTarget.value)} data-search />
        <span className={classes.muted}>
          {t('health.loaded', { count: rules.data.items.length })}
          {found.length > shown.length ? ` · ${t('health.firstShown', { count: shown.length })}` : ''}
        </span>
      </div>
      <div className={classes.box}>
        {found.length === 0 ? (
          <Empty title={rules.data.items.length === 0 ? t('health.noRules') : t('health.noRulesFound')} />
        ) : (
          <table className={classes.table} data-testid="rules">
            <thead>
              <tr>
                <th>{t('health.rule')}</th>
                <th>{t('alerts.priority')}</th>
                <th>{t('health.kind')}</th>
                <th>ATT&amp;CK</th>
                <th>{t('health.status')}</th>
                <th className={classes.number}>{t('health.hits')}</th>
                <th className={classes.number}>{t('health.lastHit')}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((rule) => (
                <tr key={rule.id}>
                  <td className={classes.strong}>
                    {rule.hits > 0 ? (
                      <Link to="/alerts" search={{ rule: rule.id, status: 'all' }}>
                        {rule.name}
                      </Link>
                    ) : (
                      rule.name
                    )}
                  </td>
                  <td>
                    <Severity priority={rule.priority} />
                  </td>
                  <td>
                    {rule.kind} <span className={classes.muted}>{rule.source === 'sigma' ? 'Sigma' : 'Tocsin'}</span>
                  </td>
                  <td>
                    <Mitre tactics={[]} techniques={rule.mitre ?? []} />
                  </td>
                  <td className={rule.enabled ? undefined : classes.muted}>{rule.enabled ? t('health.on') : t('health.off')}</td>
                  <td className={classes.number}>{formatCount(rule.hits)}</td>
                  <td className={classes.number} title={rule.lastHit ? formatTime(rule.lastHit, zone) : undefined}>
                    {rule.lastHit ? t('common.ago', { age: formatAge(rule.lastHit, now) }) : <span className={classes.muted}>{t('health.never')}</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </>
  );
}
