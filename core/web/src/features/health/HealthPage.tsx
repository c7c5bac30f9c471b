import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import { usePreferences } from '@/shared/preferences';
import { resolve } from '@/shared/time/range';
import { Failure, Loading } from '@/shared/ui/states';
import { TimePicker } from '@/shared/ui/TimePicker';
import { Balance } from './Balance';
import classes from './HealthPage.module.css';
import type { HealthParams } from './healthState';
import { LedgerTable } from './LedgerTable';
import { Services } from './Services';

const route = getRouteApi('/shell/health');
const pollMillis = 10_000;

export function HealthPage() {
  const { t } = useTranslation();
  const params = route.useSearch();
  const navigate = useNavigate();
  const { zone } = usePreferences();
  const range = useMemo(() => ({ from: params.from ?? 'now-1h', to: params.to ?? 'now' }), [params.from, params.to]);
  const update = (patch: HealthParams) => void navigate({ to: '/health', search: { ...params, ...patch }, replace: true });
  const ledger = useQuery({
    queryKey: ['ledger', range, zone],
    queryFn: ({ signal }) => {
      const now = Date.now();
      const bounds = resolve(range, now, zone) ?? { from: now - 3_600_000, to: now };
      return api.ledger(bounds.from, bounds.to, signal);
    },
    refetchInterval: pollMillis,
    placeholderData: (previous) => previous,
  });

  return (
    <div className={classes.page}>
      <header className={classes.header}>
        <h1>{t('nav.health')}</h1>
        <TimePicker range={range} onChange={(next) => update({ from: next.from === 'now-1h' ? undefined : next.from, to: next.to === 'now' ? undefined : next.to })} />
      </header>
      {ledger.error && !ledger.data ? (
        <Failure error={ledger.error} retry={() => void ledger.refetch()} compact />
      ) : ledger.data ? (
        <Balance ledger={ledger.data} />
      ) : (
        <Loading rows={2} height={44} />
      )}
      <Services />
      <section className={classes.ledger} aria-label={t('health.ledger')}>
        <h2 className={classes.ledgerHead}>{t('health.ledger')}</h2>
        {ledger.data ? <LedgerTable ledger={ledger.data} only={params.only === 'differences'} text={params.q ?? ''} onOnly={(only) => update({ only: only ? 'differences' : undefined })} onText={(q) => update({ q: q || undefined })} /> : ledger.error ? null : <Loading rows={6} />}
      </section>
    </div>
  );
}
