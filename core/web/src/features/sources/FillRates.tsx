import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldFill } from '@/api/types';
import { formatCount } from '@/shared/number';
import classes from './FillRates.module.css';
import { formatShare } from './sourcesState';

const few = 18;

/** How often each field is filled. A field that is no longer filled stands first. */
export function FillRates({ fields, sampled }: { fields: FieldFill[]; sampled: number }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const sorted = fields.toSorted((a, b) => Number(b.faded) - Number(a.faded) || b.percent - a.percent || a.field.localeCompare(b.field));
  const shown = all ? sorted : sorted.slice(0, few);
  return (
    <section className={classes.fill} aria-label={t('sources.fill')} data-testid="fill">
      <h3>
        {t('sources.fill')} <span title={t('sources.fillHint', { count: formatCount(sampled) })}>{fields.length}</span>
      </h3>
      {fields.length === 0 ? <p className={classes.none}>{t('sources.noFields')}</p> : null}
      {shown.map((field) => (
        <div key={field.field} className={classes.field} data-faded={field.faded || undefined} title={t('sources.fillTitle', { percent: formatShare(field.percent), recent: formatShare(field.recentPercent) })}>
          <span className={classes.name}>{field.field}</span>
          <span className={classes.bar} aria-hidden>
            <i style={{ width: `${field.percent}%` }} />
            <b style={{ left: `min(${field.recentPercent}%, 100% - 2px)` }} />
          </span>
          <span className={classes.percent}>{formatShare(field.faded ? field.recentPercent : field.percent)}</span>
          {field.faded ? <em>{t('sources.fadedField')}</em> : null}
        </div>
      ))}
      {fields.length > few ? (
        <Button variant="subtle" size="compact-xs" onClick={() => setAll(!all)}>
          {all ? t('sources.fewerFields') : t('sources.allFields', { count: fields.length - few })}
        </Button>
      ) : null}
      {fields.length > 0 ? <p className={classes.hint}>{t('sources.fillHint', { count: formatCount(sampled) })}</p> : null}
    </section>
  );
}
