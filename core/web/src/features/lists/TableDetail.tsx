import { Button, Menu, Modal } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconAlertTriangle, IconDots, IconDownload, IconFileImport, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import type { Table, TableRow } from '@/api/tables';
import { useUser } from '@/features/session/session';
import { formatBytes, formatCount } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { formatAge, formatDuration, formatTime } from '@/shared/time/format';
import frame from '@/shared/ui/Detail.module.css';
import { Failure } from '@/shared/ui/states';
import { ImportForm } from './ImportForm';
import own from './Lists.module.css';
import { changes, whose } from './listsState';
import { RowForm } from './RowForm';
import { TableRows } from './TableRows';

const classes = { ...frame, ...own };
const formats = [['csv', 'CSV'], ['tsv', 'TSV'], ['jsonl', 'JSON lines']] as const;

interface Props {
  table: Table;
  several: boolean;
  find: string;
  now: number;
  onFind: (text: string) => void;
}

type Doing = { kind: 'add' } | { kind: 'change'; row: TableRow } | { kind: 'import' } | null;

/** One list or table: what it is, how full, and its records, which analysts and administrators change. */
export function TableDetail({ table, several, find, now, onFind }: Props) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const user = useUser();
  const queryClient = useQueryClient();
  const [doing, setDoing] = useState<Doing>(null);
  const [clearing, setClearing] = useState(false);
  const mayChange = changes(table) && user !== null && user.role !== 'viewer';
  const tell = async (text: string, applied: boolean) => {
    notifications.show({ title: text, message: applied ? null : t('lists.later'), color: 'teal' });
    await queryClient.invalidateQueries({ queryKey: ['tables'] });
  };
  const clear = useMutation({
    mutationFn: () => api.clearTable(table),
    onSuccess: ({ applied }) => {
      setClearing(false);
      return tell(t('lists.cleared'), applied);
    },
  });
  const owner = whose(table, several);

  return (
    <article className={classes.detail} aria-label={table.name} data-testid="table-detail">
      <header className={classes.header}>
        <div className={classes.title}>
          <h2 title={table.name}>{table.name}</h2>
          <span className={classes.space} />
          {mayChange ? (
            <Button size="compact-sm" leftSection={<IconPlus size={14} />} onClick={() => setDoing({ kind: 'add' })} data-testid="row-add">
              {t('lists.add')}
            </Button>
          ) : null}
          {mayChange ? (
            <Button variant="default" size="compact-sm" leftSection={<IconFileImport size={14} />} onClick={() => setDoing({ kind: 'import' })} data-testid="import">
              {t('lists.import')}
            </Button>
          ) : null}
          <Menu position="bottom-end" width={230}>
            <Menu.Target>
              <Button variant="default" size="compact-sm" aria-label={t('lists.menu')} title={t('lists.menu')} data-testid="table-menu">
                <IconDots size={15} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {formats.map(([format, name]) => (
                <Menu.Item key={format} component="a" href={api.tableExport(table, format)} download leftSection={<IconDownload size={15} />} data-testid={`export-${format}`}>
                  {t('lists.exportAs', { format: name })}
                </Menu.Item>
              ))}
              {mayChange ? <Menu.Divider /> : null}
              {mayChange ? (
                <Menu.Item color="red" leftSection={<IconTrash size={15} />} disabled={table.records === 0} onClick={() => setClearing(true)} data-testid="clear">
                  {t('lists.clear')}
                </Menu.Item>
              ) : null}
            </Menu.Dropdown>
          </Menu>
        </div>
        <p className={classes.under}>
          <span>{t(`tableKind.${table.kind}`)}</span>
          {owner ? <span>{t(`lists.${owner}`, { name: table.correlator })}</span> : null}
          {table.file ? (
            <span>
              {t('lists.file')} <span className="mono">{table.file}</span>
            </span>
          ) : null}
        </p>
        {table.description ? <p className={classes.description}>{table.description}</p> : null}
        <dl className={classes.figures} data-testid="table-figures">
          <Figure name={t('lists.records')} value={table.maximumRecords > 0 ? t('lists.ofMost', { count: formatCount(table.records), most: formatCount(table.maximumRecords) }) : formatCount(table.records)} />
          {changes(table) ? <Figure name={t('lists.memory')} value={formatBytes(table.bytes)} /> : null}
          {changes(table) ? <Figure name={t('lists.lives')} value={table.ttlMillis === 0 ? t('lists.forEver') : formatDuration(table.ttlMillis)} /> : null}
          {table.writtenAt !== null ? <Figure name={t('lists.written')} value={t('common.ago', { age: formatAge(table.writtenAt, now) })} title={formatTime(table.writtenAt, zone)} /> : null}
          {table.expired > 0 ? <Figure name={t('lists.expired')} value={formatCount(table.expired)} /> : null}
          {table.evicted > 0 ? <Figure name={t('lists.lost')} value={formatCount(table.evicted)} bad /> : null}
          {table.refused > 0 ? <Figure name={t('lists.refused')} value={formatCount(table.refused)} bad /> : null}
        </dl>
      </header>
      <div className={classes.content}>
        {table.evicted > 0 ? (
          <section className={`${classes.banner ?? ''} ${classes.full ?? ''}`} role="alert" data-testid="table-full">
            <IconAlertTriangle size={16} />
            <div>
              <strong>{t('lists.full', { count: table.evicted, text: formatCount(table.evicted) })}</strong>
              <p>{t('lists.fullText')}</p>
            </div>
          </section>
        ) : null}
        {doing?.kind === 'import' ? <ImportForm table={table} onDone={() => setDoing(null)} /> : null}
        {doing?.kind === 'add' || doing?.kind === 'change' ? (
          <RowForm
            key={doing.kind === 'change' ? doing.row.key.join('\u001f') : ''}
            table={table}
            row={doing.kind === 'change' ? doing.row : null}
            onCancel={() => setDoing(null)}
            onSaved={(applied) => {
              setDoing(null);
              void tell(t('lists.saved'), applied);
            }}
          />
        ) : null}
        <TableRows table={table} find={find} now={now} mayChange={mayChange} onFind={onFind} onChange={(row) => setDoing({ kind: 'change', row })} onDeleted={(applied) => void tell(t('lists.deleted'), applied)} />
      </div>
      {clearing ? (
        <Modal opened onClose={() => setClearing(false)} title={t('lists.clearTitle', { name: table.name })} size={440}>
          <p className={classes.sentence}>{t('lists.clearText', { count: table.records, text: formatCount(table.records) })}</p>
          {clear.error ? <Failure error={clear.error} compact /> : null}
          <div className={classes.formEnd}>
            <Button variant="default" onClick={() => setClearing(false)} data-autofocus>
              {t('common.cancel')}
            </Button>
            <Button color="red" loading={clear.isPending} onClick={() => clear.mutate()} data-testid="clear-sure">
              {t('lists.clear')}
            </Button>
          </div>
        </Modal>
      ) : null}
    </article>
  );
}

function Figure({ name, value, title, bad = false }: { name: string; value: string; title?: string; bad?: boolean }) {
  return (
    <div data-bad={bad || undefined}>
      <dt>{name}</dt>
      <dd title={title}>{value}</dd>
    </div>
  );
}
