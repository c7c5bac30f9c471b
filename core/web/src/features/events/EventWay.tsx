import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import type { EventTrace, Hop } from '@/api/types';
import { usePreferences } from '@/shared/preferences';
import { formatDuration, formatTime } from '@/shared/time/format';
import { Failure, Loading } from '@/shared/ui/states';
import classes from './EventWay.module.css';
import { waits } from './waySteps';

const named = ['received', 'passed', 'logged', 'stored', 'dead-letter', 'correlator', 'storage', 'alerts'] as const;
const pollMillis = 3000;

/** Where an event is: its steps from the sender to storage, with their times, and what it still waits for. */
export function EventWay({ id }: { id: string }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['trace', id],
    queryFn: ({ signal }) => api.trace(id, signal),
    refetchInterval: (state) => (state.state.data?.hops.some((hop) => !hop.done) ? pollMillis : false),
  });
  if (query.isPending) return <Loading rows={5} height={44} />;
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const trace = query.data;
  const steps = waits(trace.hops);
  return (
    <div className={classes.way} data-testid="event-way" data-status={trace.status}>
      <p className={classes.summary} role="status">
        <strong>{t(`way.status.${trace.status}`)}</strong>
        <span>{summary(trace, (took) => t('way.took', { took }))}</span>
      </p>
      <ol className={classes.hops}>
        {steps.map(({ hop, afterMillis }, index) => (
          <Step key={`${index} ${hop.hop}`} hop={hop} afterMillis={afterMillis} />
        ))}
      </ol>
    </div>
  );
}

function summary(trace: EventTrace, took: (time: string) => string): string {
  const received = trace.hops.find((hop) => hop.hop === 'received')?.time;
  const stored = trace.hops.find((hop) => hop.hop === 'stored')?.time;
  if (trace.status === 'stored' && received && stored && stored >= received) return took(formatDuration(stored - received));
  return trace.explanation;
}

function Step({ hop, afterMillis }: { hop: Hop; afterMillis: number | null }) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const known = named.find((one) => one === hop.hop);
  return (
    <li className={classes.hop} data-hop={hop.hop} data-done={hop.done} data-bad={hop.hop === 'dead-letter' || undefined}>
      <div className={classes.line}>
        <strong>{known ? t(`way.hop.${known}`) : t('way.hop.other', { name: hop.hop.replace(/^destination\./, '') })}</strong>
        {hop.time !== null ? <time className="mono">{formatTime(hop.time, zone, 'milli')}</time> : <span className={classes.untimed}>{hop.done ? t('way.done') : t('way.waits')}</span>}
      </div>
      <div className={classes.line}>
        <span className={classes.where}>{hop.where}</span>
        {afterMillis !== null ? <span className={classes.after}>+{formatDuration(afterMillis)}</span> : null}
      </div>
    </li>
  );
}
