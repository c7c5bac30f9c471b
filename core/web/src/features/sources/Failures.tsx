import { ActionIcon, Tooltip } from '@mantine/core';
import { IconCircleCheck, IconCopy } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ParseError, ParseFailure } from '@/api/types';
import { copyText } from '@/shared/clipboard';
import { formatBytes, formatCount } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { formatAge, formatClock, formatTime } from '@/shared/time/format';
import { Empty } from '@/shared/ui/states';
import classes from './Failures.module.css';

const sampleBytes = 1024;

/** What could not be read: by reason, then the last events with the beginning of their text. */
export function Failures({ errors, failures, now }: { errors: ParseError[]; failures: ParseFailure[]; now: number }) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  if (errors.length === 0)
    return (
      <section className={classes.none}>
        <Empty title={t('sources.noErrors')} icon={<IconCircleCheck size={26} stroke={1.4} />}>
          {t('sources.noErrorsText')}
        </Empty>
      </section>
    );
  const top = Math.max(...errors.map((error) => error.count));
  return (
    <section className={classes.failures}>
      <h3>{t('sources.errorList')}</h3>
      <div className={classes.errors} data-testid="errors">
        {errors.map((error) => (
          <div key={`${error.field}: ${error.reason}`} className={classes.error} title={formatTime(error.lastTime, zone)}>
            <i style={{ width: `${(100 * error.count) / top}%` }} aria-hidden />
            <span className={classes.what}>
              <strong>{error.field}</strong> {error.reason}
            </span>
            <b>{formatCount(error.count)}</b>
            <span className={classes.age}>{t('common.ago', { age: formatAge(error.lastTime, now) })}</span>
          </div>
        ))}
      </div>
      <h3>{t('sources.failures')}</h3>
      <ol className={classes.list} data-testid="failures">
        {failures.map((failure, index) => (
          <li key={`${failure.time}-${index}`} data-understood={failure.understood || undefined}>
            <div className={classes.line}>
              <time className="mono" title={formatTime(failure.time, zone)}>{formatClock(failure.time, zone)}</time>
              <span className={classes.kind}>{failure.understood ? t('sources.partly') : t('sources.notUnderstood')}</span>
              <span className={classes.what} title={failure.normalizer}>
                <strong>{failure.field}</strong> {failure.reason}
                {failure.errors > 1 ? `, ${t('sources.more', { count: failure.errors - 1 })}` : ''}
              </span>
              <Tooltip label={t('sources.copySample')}>
                <ActionIcon size={22} aria-label={t('sources.copySample')} onClick={() => void copyText(failure.sample)}>
                  <IconCopy size={13} />
                </ActionIcon>
              </Tooltip>
            </div>
            <pre className={classes.sample}>{failure.sample}</pre>
            {failure.bytes > sampleBytes ? <span className={classes.cut}>{t('sources.bytes', { shown: formatBytes(sampleBytes), bytes: formatBytes(failure.bytes) })}</span> : null}
          </li>
        ))}
      </ol>
    </section>
  );
}
