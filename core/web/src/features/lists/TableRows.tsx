import { ActionIcon, Button, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconListSearch, IconPencil, IconSearch, IconTrash } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import type { Table, TableRow } from '@/api/tables';
import { formatCount } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { formatAge, formatTime } from '@/shared/time/format';
import frame from '@/shared/ui/Detail.module.css';
import { Empty, Failure, Loading } from '@/shared/ui/states';
import own from './Lists.module.css';
import { changes, keyNames, keyOf, valueColumns } from './listsState';

const classes = { ...frame, ...own };
const pollMillis = 10_000;
/** More pages than these are not asked for again by themselves. */
const polledPages = 3;

interface Props {
  table: Table;
  find: string;
  now: number;
  mayChange: boolean;
  onFind: (text: string) => void;
  onChange: (row: TableRow) => void;
  onDeleted: (applied: boolean) => void;
}

/** The records in the order of their keys, a page at a time. */
export function TableRows({ table, find, now, mayChange, onFind, onChange, onDeleted }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState(find);
  const [searched] = useDebouncedValue(text, 250);
  useEffect(() => {
    if (searched !== find) onFind(searched);
    // The address follows the field, never the other way round.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [searched]);
  const rows = useInfiniteQuery({
    queryKey: ['tables', table.correlator, table.name, searched],
    queryFn: ({ pageParam, signal }) => api.tableRows(table, searched, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) <= polledPages ? pollMillis : false),
    placeholderData: (before) => before,
  });
  const items = rows.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className={classes.records}>
      <div className={classes.recordTools}>
        <TextInput className={classes.find} leftSection={<IconSearch size={14} />} placeholder={t('lists.find')} aria-label={t('lists.find')} value={text} onChange={(event) => setText(event.currentTarget.value)} spellCheck={false} data-testid="row-find" />
        {items.length > 0 ? <span className={classes.shown}>{t('lists.shown', { shown: rows.hasNextPage ? `${formatCount(items.length)}+` : formatCount(items.length) })}</span> : null}
        {changes(table) ? null : <span className={classes.shown}>{t('lists.readOnly')}</span>}
      </div>
      {rows.isPending ? (
        <Loading rows={8} />
      ) : rows.error && items.length === 0 ? (
        <Failure error={rows.error} retry={() => void rows.refetch()} />
      ) : items.length === 0 ? (
        <Empty title={searched ? t('lists.noRow', { text: searched }) : t('lists.empty')} icon={<IconListSearch size={26} stroke={1.4} />}>
          {searched ? null : changes(table) ? t('lists.emptyText') : t('lists.emptyFixed')}
        </Empty>
      ) : (
        <div className={classes.sheet}>
          <Rows table={table} rows={items} now={now} mayChange={mayChange} onChange={onChange} onDeleted={onDeleted} />
          {rows.hasNextPage ? (
            <div className={classes.more}>
              <Button variant="default" size="compact-sm" loading={rows.isFetchingNextPage} onClick={() => void rows.fetchNextPage()} data-testid="rows-more">
                {t('lists.more')}
              </Button>
            </div>
          ) : null}
        </div>
      )}
    </section>
  );
}

interface RowsProps {
  table: Table;
  rows: readonly TableRow[];
  now: number;
  mayChange: boolean;
  onChange: (row: TableRow) => void;
  onDeleted: (applied: boolean) => void;
}

function Rows({ table, rows, now, mayChange, onChange, onDeleted }: RowsProps) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const [asking, setAsking] = useState<string | null>(null);
  const remove = useMutation({
    mutationFn: (row: TableRow) => api.deleteTableRow(table, row.key),
    onSuccess: ({ applied }) => {
      setAsking(null);
      onDeleted(applied);
    },
  });
  const names = keyNames(table);
  const columns = valueColumns(table);
  const timed = changes(table);
  const expires = timed && table.ttlMillis > 0;
  return (
    <>
      {remove.error ? <Failure error={remove.error} compact /> : null}
      <table className={classes.rows} data-testid="rows">
        <thead>
          <tr>
            {names.length > 0 ? names.map((name) => <th key={name}>{name}</th>) : <th>{t('lists.key')}</th>}
            {columns.length > 0 ? (
              columns.map((field) => (
                <th key={field.name} data-number={field.type === 'integer' || field.type === 'float' || undefined} title={t(`fieldType.${field.type}`)}>
                  {field.name}
                </th>
              ))
            ) : (
              <th className={classes.grow}>{t('lists.values')}</th>
            )}
            {timed ? <th data-number>{t('lists.written')}</th> : null}
            {expires ? <th data-number>{t('lists.expires')}</th> : null}
            {mayChange ? <th aria-label={t('lists.actions')} /> : null}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const id = keyOf(row);
            return (
              <tr key={id} data-testid="row" data-key={row.key.join(',')}>
                {names.length > 0 ? (
                  row.key.map((part, at) => (
                    <td key={names[at]} className="mono" title={part}>
                      {part}
                    </td>
                  ))
                ) : (
                  <td className="mono" title={row.key.join(', ')}>
                    {row.key.join(', ')}
                  </td>
                )}
                {columns.length > 0 ? (
                  columns.map((field) => (
                    <td key={field.name} className="mono" data-number={field.type === 'integer' || field.type === 'float' || undefined} title={(row.values[field.name] ?? []).join('\n')}>
                      {shown(row.values[field.name], field.type === 'timestamp' ? (value) => formatTime(Number(value), zone) : undefined)}
                    </td>
                  ))
                ) : (
                  <td className={classes.grow}>
                    <span className={classes.pairs}>
                      {Object.entries(row.values).map(([name, values]) => (
                        <span key={name} title={`${name}\n${values.join('\n')}`}>
                          <i>{name}</i> <b className="mono">{shown(values)}</b>
                        </span>
                      ))}
                    </span>
                  </td>
                )}
                {timed ? (
                  <td data-number title={row.updatedAt === null ? undefined : `${formatTime(row.updatedAt, zone)}\n${t('lists.writes', { count: row.updates + 1 })}`}>
                    {row.updatedAt === null ? '—' : formatAge(row.updatedAt, now)}
                  </td>
                ) : null}
                {expires ? (
                  <td data-number title={row.expiresAt === null ? undefined : formatTime(row.expiresAt, zone)}>
                    {row.expiresAt === null ? t('lists.never') : row.expiresAt <= now ? t('lists.due') : t('lists.inTime', { age: formatAge(now, row.expiresAt) })}
                  </td>
                ) : null}
                {mayChange ? (
                  <td className={classes.act}>
                    {asking === id ? (
                      <span className={classes.sure}>
                        <Button size="compact-xs" color="red" loading={remove.isPending} onClick={() => remove.mutate(row)} data-testid="row-delete-sure" data-autofocus>
                          {t('lists.reallyRemove')}
                        </Button>
                        <Button size="compact-xs" variant="default" onClick={() => setAsking(null)}>
                          {t('lists.keep')}
                        </Button>
                      </span>
                    ) : (
                      <span className={classes.tools}>
                        <ActionIcon size="sm" aria-label={`${t('lists.edit')}: ${row.key.join(', ')}`} title={t('lists.edit')} onClick={() => onChange(row)} data-testid="row-edit">
                          <IconPencil size={14} />
                        </ActionIcon>
                        <ActionIcon size="sm" aria-label={`${t('lists.remove')}: ${row.key.join(', ')}`} title={t('lists.remove')} onClick={() => setAsking(id)} data-testid="row-delete">
                          <IconTrash size={14} />
                        </ActionIcon>
                      </span>
                    )}
                  </td>
                ) : null}
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}

const mostShown = 4;

function shown(values: readonly string[] | undefined, format: (value: string) => string = (value) => value): string {
  if (!values || values.length === 0) return '—';
  return values.slice(0, mostShown).map(format).join(', ') + (values.length > mostShown ? ` +${values.length - mostShown}` : '');
}
