import { Switch, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Ledger } from '@/api/types';
import { formatCount } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { formatTime } from '@/shared/time/format';
import { Empty } from '@/shared/ui/states';
import page from './HealthPage.module.css';
import { needsLook, rejectedTotal } from './healthState';
import classes from './LedgerTable.module.css';

const rowHeight = 28;
const numbers = ['received', 'stored', 'filtered', 'aggregated', 'rejected', 'inFlight', 'balance'] as const;

interface Props {
  ledger: Ledger;
  only: boolean;
  text: string;
  onOnly: (only: boolean) => void;
  onText: (text: string) => void;
}

/** A line for each minute of reception and source. */
export function LedgerTable({ ledger, only, text, onOnly, onText }: Props) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const scroll = useRef<HTMLDivElement>(null);
  const entries = useMemo(() => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    return ledger.entries.filter((entry) => (!only || needsLook(entry)) && words.every((word) => `${entry.collector} ${entry.source}`.toLowerCase().includes(word)));
  }, [ledger.entries, only, text]);
  const virtual = useVirtualizer({ count: entries.length, getScrollElement: () => scroll.current, estimateSize: () => rowHeight, overscan: 10 });
  const differences = useMemo(() => ledger.entries.filter(needsLook).length, [ledger.entries]);
  const cell = (value: number) => <span role="cell" className={classes.number} data-zero={value === 0 || undefined}>{formatCount(value)}</span>;

  return (
    <>
      <div className={page.tools}>
        <TextInput className={page.search} leftSection={<IconSearch size={14} />} placeholder={t('health.searchLedger')} aria-label={t('health.searchLedger')} value={text} onChange={(event) => onText(event.currentTarget.value)} data-search />
        <Switch size="xs" checked={only} onChange={(event) => onOnly(event.currentTarget.checked)} label={t('health.onlyDifferences', { count: differences })} />
      </div>
      {entries.length === 0 ? (
        <div className={page.box}>{only && ledger.entries.length > 0 ? <Empty title={t('health.noDifferences')}>{t('health.noDifferencesText')}</Empty> : <Empty title={t('health.noLedger')}>{t('health.noLedgerText')}</Empty>}</div>
      ) : (
        <div className={page.box} role="table" aria-label={t('health.ledger')} aria-rowcount={entries.length + 1} data-testid="ledger">
          <div role="row" className={`${classes.row ?? ''} ${classes.head ?? ''}`}>
            <span role="columnheader">{t('health.minute')}</span>
            <span role="columnheader">{t('health.collector')}</span>
            <span role="columnheader">{t('health.source')}</span>
            {numbers.map((name) => (
              <span key={name} role="columnheader" className={classes.number}>
                {t(name === 'balance' ? 'health.difference' : `health.${name}`)}
              </span>
            ))}
          </div>
          <div ref={scroll} className={classes.scroll} style={{ height: Math.min(entries.length * rowHeight, 460) }}>
            <div className={classes.body} style={{ height: virtual.getTotalSize() }}>
              {virtual.getVirtualItems().map((item) => {
                const entry = entries[item.index];
                if (!entry) return null;
                const rejected = rejectedTotal(entry);
                return (
                  <div key={item.key} role="row" aria-rowindex={item.index + 2} className={`${classes.row ?? ''} ${classes.line ?? ''}`} data-bad={entry.balance !== 0 || undefined} data-warn={rejected > 0 || undefined} style={{ transform: `translateY(${item.start}px)` }}>
                    <span role="cell" className="mono">{formatTime(entry.minute, zone, 'minute')}</span>
                    <span role="cell">{entry.collector}</span>
                    <span role="cell" className="mono" title={entry.source}>{entry.source || '—'}</span>
                    {cell(entry.received)}
                    {cell(entry.stored)}
                    {cell(entry.filtered)}
                    {cell(entry.aggregated)}
                    <span role="cell" className={classes.number} data-zero={rejected === 0 || undefined} data-rejected={rejected > 0 || undefined} title={Object.entries(entry.rejected ?? {}).map(([reason, count]) => `${reason}: ${count}`).join('\n') || undefined}>
                      {formatCount(rejected)}
                    </span>
                    {cell(entry.inFlight)}
                    <span role="cell" className={classes.number} data-balance={entry.balance === 0 ? 'even' : 'off'}>
                      {formatCount(entry.balance)}
                    </span>
                  </div>
                );
              })}
            </div>
          </div>
        </div>
      )}
    </>
  );
}
