import { IconCircleCheckFilled, IconCircleXFilled, IconClockFilled } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import type { Service } from '@/api/types';
import { formatBytes, formatCount, formatShort } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { formatDuration, formatTime } from '@/shared/time/format';
import { Empty, Failure, Loading } from '@/shared/ui/states';
import { useNow } from '@/shared/ui/useNow';
import classes from './HealthPage.module.css';
import { sparkline } from './healthState';

const icons = { up: IconCircleCheckFilled, down: IconCircleXFilled, starting: IconClockFilled } as const;
const lateMillis = 30_000;

export function Services() {
  const { t } = useTranslation();
  const services = useQuery({ queryKey: ['services'], queryFn: api.services, refetchInterval: 5000 });
  return (
    <section className={classes.section} data-testid="services">
      <h2>{t('health.services')}</h2>
      {services.isPending ? (
        <Loading rows={4} />
      ) : services.error ? (
        <Failure error={services.error} compact retry={() => void services.refetch()} />
      ) : services.data.items.length === 0 ? (
        <Empty title={t('health.noServices')} />
      ) : (
        <div className={classes.box}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th>{t('health.service')}</th>
                <th>{t('health.status')}</th>
                <th className={classes.number}>{t('health.eps')}</th>
                <th>{t('health.hour')}</th>
                <th className={classes.number}>{t('health.buffer')}</th>
                <th className={classes.number}>{t('health.oldest')}</th>
                <th>{t('health.since')}</th>
                <th>{t('health.address')}</th>
              </tr>
            </thead>
            <tbody>
              {services.data.items.map((service) => (
                <Row key={service.id} service={service} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Row({ service }: { service: Service }) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const now = useNow(10_000);
  const Icon = icons[service.status];
  const late = (service.oldestAgeMillis ?? 0) > lateMillis;
  return (
    <tr data-service={service.kind}>
      <td>
        <strong>{service.name}</strong> <span className={classes.muted}>{t(`serviceKind.${service.kind}`)}</span>
      </td>
      <td>
        <span className={classes.status} data-status={service.status}>
          <Icon size={15} aria-hidden /> {t(`serviceStatus.${service.status}`)}
        </span>
      </td>
      <td className={classes.number}>{formatShort(Math.round(service.eventsPerSecond ?? 0))}</td>
      <td>
        <Spark id={service.id} />
      </td>
      <td className={classes.number} title={t('health.bufferEvents', { count: service.bufferEvents ?? 0, text: formatCount(service.bufferEvents ?? 0) })}>
        {service.bufferBytes ? formatBytes(service.bufferBytes) : <span className={classes.muted}>0</span>}
      </td>
      <td className={`${classes.number ?? ''} ${late ? (classes.warn ?? '') : ''}`}>
        {service.oldestAgeMillis ? formatDuration(service.oldestAgeMillis) : <span className={classes.muted}>—</span>}
      </td>
      <td>
        {formatTime(service.since, zone, 'minute')} <span className={classes.muted}>{formatDuration(Math.max(0, now - service.since))}</span>
      </td>
      <td className={classes.wide} title={[service.address, service.detail].filter(Boolean).join('\n')}>
        <span className="mono">{service.address ?? ''}</span> <span className={classes.muted}>{service.detail ?? ''}</span>
      </td>
    </tr>
  );
}

function Spark({ id }: { id: string }) {
  const { t } = useTranslation();
  const series = useQuery({ queryKey: ['services', id, 'series'], queryFn: () => api.series(id, 60), refetchInterval: 20_000, staleTime: 10_000 });
  const values = series.data?.points.map((point) => point.eventsPerSecond) ?? [];
  const points = sparkline(values, 120, 22);
  if (!points) return <span className={classes.muted}>{series.isPending ? '' : '—'}</span>;
  return (
    <svg className={classes.spark} viewBox="0 0 120 22" preserveAspectRatio="none" role="img" aria-label={t('health.sparkline', { top: formatShort(Math.round(Math.max(...values))) })}>
      <polygon points={`0,22 ${points} 120,22`} />
      <polyline points={points} />
    </svg>
  );
}
