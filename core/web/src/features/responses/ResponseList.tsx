import { useTranslation } from 'react-i18next';
import type { ResponseRule } from '@/api/responses';
import { formatShort } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { formatAge, formatTime } from '@/shared/time/format';
import shared from '@/shared/ui/List.module.css';
import own from './ResponseList.module.css';
import { readiness, totalRuns } from './responsesState';
import { KindIcon } from './RunParts';

const classes = { ...shared, ...own };

interface Props {
  responses: readonly ResponseRule[];
  open: string | null;
  now: number;
  onOpen: (name: string) => void;
}

/** A row each: what it is, whether it can run, what it did. */
export function ResponseList({ responses, open, now, onOpen }: Props) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  return (
    <>
      <div className={`${classes.row ?? ''} ${classes.columns ?? ''} ${classes.head ?? ''}`} aria-hidden>
        <span />
        <span>{t('responses.name')}</span>
        <span className={classes.number}>{t('responses.runCount')}</span>
        <span className={classes.number}>{t('responses.failed')}</span>
        <span className={classes.number}>{t('responses.last')}</span>
      </div>
      <div className={classes.scroll}>
        {responses.map((rule) => {
          const ready = readiness(rule);
          const failed = rule.runs.failed ?? 0;
          const last = rule.lastRun;
          return (
            <button key={rule.name} type="button" className={`${classes.row ?? ''} ${classes.columns ?? ''} ${classes.line ?? ''}`} data-readiness={ready} aria-current={rule.name === open || undefined} onClick={() => onOpen(rule.name)} data-testid="response-row" data-response={rule.name}>
              <KindIcon kind={rule.kind} />
              <span className={`${classes.name ?? ''} ${classes.rule ?? ''}`}>
                <span title={rule.description || rule.name}>{rule.name}</span>
                <span className={classes.second}>
                  {t(`responses.kinds.${rule.kind}`)} · <b>{t(`responses.readiness.${ready}`)}</b>
                </span>
              </span>
              <span className={classes.number} data-zero={totalRuns(rule) === 0 || undefined}>
                {formatShort(totalRuns(rule))}
              </span>
              <span className={classes.number} data-bad={failed > 0 || undefined} data-zero={failed === 0 || undefined}>
                {formatShort(failed)}
              </span>
              <span className={classes.number} data-zero={!last || undefined} title={last ? formatTime(last.createdAt, zone) : undefined}>
                {last ? formatAge(last.createdAt, now) : '—'}
              </span>
            </button>
          );
        })}
      </div>
    </>
  );
}
