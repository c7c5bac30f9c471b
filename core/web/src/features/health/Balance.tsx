import { IconCircleCheckFilled, IconAlertOctagonFilled, IconLoader } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Ledger } from '@/api/types';
import { formatCount } from '@/shared/number';
import classes from './Balance.module.css';
import { rejectedTotal } from './healthState';

/** The promise of the product in one line: what came in is what is stored, or it is named why not. */
export function Balance({ ledger }: { ledger: Ledger }) {
  const { t } = useTranslation();
  const { totals, balance } = ledger;
  const rejected = rejectedTotal(totals);
  const state = balance === 0 ? 'even' : balance > 0 ? 'missing' : 'more';
  const reasons = Object.entries(totals.rejected ?? {}).map(([reason, count]) => `${reason}: ${formatCount(count)}`).join('\n');
  const parts = [
    { name: 'stored', value: totals.stored, sign: '=' },
    { name: 'filtered', value: totals.filtered, sign: '+' },
    { name: 'aggregated', value: totals.aggregated, sign: '+' },
    { name: 'rejected', value: rejected, sign: '+' },
    { name: 'inFlight', value: totals.inFlight, sign: '+' },
  ] as const;
  return (
    <section className={classes.balance} data-state={state} data-testid="balance" data-balance={balance} aria-label={t('health.ledger')}>
      <div className={classes.verdict}>
        {state === 'even' ? <IconCircleCheckFilled size={30} aria-hidden /> : <IconAlertOctagonFilled size={30} aria-hidden />}
        <div>
          <strong>{t(`health.balance.${state}`, { count: Math.abs(balance), text: formatCount(Math.abs(balance)) })}</strong>
          <span>{totals.inFlight > 0 ? <><IconLoader size={12} /> {t('health.balance.flying', { count: totals.inFlight, text: formatCount(totals.inFlight) })}</> : t('health.balance.value', { value: formatCount(balance) })}</span>
        </div>
      </div>
      <div className={classes.equation}>
        <div className={classes.term}>
          <b>{formatCount(totals.received)}</b>
          <span>{t('health.received')}</span>
        </div>
        {parts.map((part) => (
          <div key={part.name} className={classes.pair}>
            <i aria-hidden>{part.sign}</i>
            <div className={classes.term} data-zero={part.value === 0 || undefined} data-warn={(part.name === 'rejected' && part.value > 0) || undefined} title={part.name === 'rejected' ? reasons : undefined}>
              <b>{formatCount(part.value)}</b>
              <span>{t(`health.${part.name}`)}</span>
            </div>
          </div>
        ))}
        {balance !== 0 ? (
          <div className={classes.pair}>
            <i aria-hidden>{balance > 0 ? '+' : '−'}</i>
            <div className={classes.term} data-bad>
              <b>{formatCount(Math.abs(balance))}</b>
              <span>{t('health.unaccounted')}</span>
            </div>
          </div>
        ) : null}
      </div>
    </section>
  );
}
