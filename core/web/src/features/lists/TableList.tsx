import { IconBook2, IconList, IconTable, IconTableFilled } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Table } from '@/api/tables';
import { formatBytes, formatCount, formatShort } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { formatAge, formatTime } from '@/shared/time/format';
import shared from '@/shared/ui/List.module.css';
import own from './TableList.module.css';
import { changes, fill, whose } from './listsState';

const classes = { ...shared, ...own };

const icons = { 'active-list': IconList, 'context-table': IconTable, dictionary: IconBook2, table: IconTableFilled } as const;

interface Props {
  tables: readonly Table[];
  open: Table | undefined;
  /** There are several correlators, so each row says whose it is. */
  several: boolean;
  now: number;
  onOpen: (table: Table) => void;
}

/** A row for each list: what it is, how full, when it was last written. */
export function TableList({ tables, open, several, now, onOpen }: Props) {
  const { t } = useTranslation();
  return (
    <div className={classes.scroll} data-testid="tables">
      <div className={`${classes.row ?? ''} ${classes.columns ?? ''} ${classes.head ?? ''}`} aria-hidden>
        <span />
        <span>{t('lists.name')}</span>
        <span className={classes.number}>{t('lists.records')}</span>
        <span className={classes.number}>{t('lists.memory')}</span>
        <span className={classes.number}>{t('lists.written')}</span>
      </div>
      {tables.map((table) => (
        <Row key={`${table.correlator}/${table.name}`} table={table} chosen={table === open} several={several} now={now} onOpen={() => onOpen(table)} />
      ))}
    </div>
  );
}

function Row({ table, chosen, several, now, onOpen }: { table: Table; chosen: boolean; several: boolean; now: number; onOpen: () => void }) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const row = useRef<HTMLButtonElement>(null);
  const Icon = icons[table.kind];
  useEffect(() => {
    if (chosen) row.current?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  const owner = whose(table, several && changes(table));
  return (
    <button ref={row} type="button" className={`${classes.row ?? ''} ${classes.columns ?? ''} ${classes.line ?? ''}`} data-full={table.evicted > 0 || undefined} aria-current={chosen || undefined} onClick={onOpen} data-testid="table-row" data-table={table.name} data-correlator={table.correlator}>
      <span className={classes.icon}>
        <Icon size={16} stroke={1.6} aria-hidden />
      </span>
      <span className={classes.name}>
        <span title={table.name}>{table.name}</span>
        <span className={classes.second} title={table.description || undefined}>
          {t(`tableKind.${table.kind}`)}
          {owner ? ` · ${t(`lists.${owner}`, { name: table.correlator })}` : ''}
        </span>
      </span>
      <span className={classes.fill}>
        <span className={classes.number} data-zero={table.records === 0 || undefined}>
          {table.records >= 100_000 ? formatShort(table.records) : formatCount(table.records)}
        </span>
        {fill(table) > 0 ? (
          <span className={classes.bar} title={t('lists.ofMost', { count: formatCount(table.records), most: formatCount(table.maximumRecords) })}>
            <i style={{ width: `${100 * fill(table)}%` }} data-high={fill(table) >= 0.9 || undefined} />
          </span>
        ) : null}
      </span>
      <span className={classes.number} data-zero={!changes(table) || undefined}>
        {changes(table) ? formatBytes(table.bytes) : '—'}
      </span>
      <span className={classes.number} data-zero={table.writtenAt === null || undefined} title={table.writtenAt === null ? undefined : formatTime(table.writtenAt, zone)}>
        {table.writtenAt === null ? '—' : formatAge(table.writtenAt, now)}
      </span>
    </button>
  );
}
