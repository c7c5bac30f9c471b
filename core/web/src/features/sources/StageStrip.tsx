import { IconChevronRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import type { Collector, Stage } from '@/api/types';
import { formatCount, formatShort } from '@/shared/number';
import { Failure, Loading } from '@/shared/ui/states';
import classes from './StageStrip.module.css';
import { Fingerprint } from './Fingerprint';
import { droppedTotal, microsPerEvent } from './sourcesState';

const named = ['receive', 'hold', 'assemble', 'normalize', 'log'] as const;

/** The stages of a collector in the order in which an event meets them, with what each received, sent, dropped and failed on. */
export function StageStrip({ name, collector }: { name: string; collector: Collector | undefined }) {
  const { t } = useTranslation();
  const stages = useQuery({ queryKey: ['collectors', name, 'stages'], queryFn: () => api.stages(name), refetchInterval: 5000 });
  if (stages.isPending) return <Loading rows={2} height={36} />;
  if (stages.error) return <Failure error={stages.error} compact />;
  const longest = Math.max(...stages.data.items.map((stage) => stage.millis ?? 0), 1e-9);
  return (
    <section aria-label={t('sources.stages', { name })}>
      <h3 className={classes.title}>
        {t('sources.stages', { name })}
        {collector?.waitingForLog ? <em>{t('sources.waiting')}</em> : null}
        {collector?.fingerprint ? <Fingerprint name={name} fingerprint={collector.fingerprint} /> : null}
      </h3>
      <div className={classes.strip} data-testid="stages">
        {stages.data.items.map((stage, index) => (
          <Fragment key={stage.name}>
            {index > 0 ? <IconChevronRight size={14} stroke={1.6} className={classes.arrow} aria-hidden /> : null}
            <Box stage={stage} share={(stage.millis ?? 0) / longest} />
          </Fragment>
        ))}
      </div>
    </section>
  );
}

function Box({ stage, share }: { stage: Stage; share: number }) {
  const { t } = useTranslation();
  const dropped = droppedTotal(stage);
  const micros = microsPerEvent(stage);
  const known = named.find((one) => one === stage.name);
  const details = [
    ...Object.entries(stage.dropped).map(([reason, count]) => `${reason}: ${formatCount(count)}`),
    ...Object.entries(stage.details).filter(([, count]) => count > 0).map(([what, count]) => `${what}: ${formatCount(count)}`),
  ];
  return (
    <div className={classes.stage} data-stage={stage.name} title={details.join('\n') || undefined}>
      <div className={classes.name}>
        <strong>{known ? t(`sources.stage.${known}`) : stage.name}</strong>
        <span>{stage.type === stage.name ? '' : stage.type}</span>
      </div>
      <div className={classes.flow}>
        <b>{formatShort(stage.received)}</b>
        <span>{t('sources.received')}</span>
        <b>{formatShort(stage.sent)}</b>
        <span>{t('sources.sent')}</span>
        <b data-zero={dropped === 0 || undefined} data-warn={dropped > 0 || undefined}>
          {formatShort(dropped)}
        </b>
        <span>{t('sources.dropped')}</span>
        <b data-zero={stage.errors === 0 || undefined} data-bad={stage.errors > 0 || undefined}>
          {formatShort(stage.errors)}
        </b>
        <span>{t('sources.errors')}</span>
      </div>
      <div className={classes.time}>
        <span>{micros === null ? (stage.millis === null ? t('sources.notMeasured') : '—') : t('sources.perEvent', { micros: micros >= 100 ? Math.round(micros) : micros.toFixed(micros < 10 ? 2 : 1) })}</span>
        <i aria-hidden>
          <i style={{ width: `${share * 100}%` }} />
        </i>
      </div>
    </div>
  );
}
