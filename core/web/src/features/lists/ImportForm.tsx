import { Button, Checkbox, Select, TextInput } from '@mantine/core';
import { IconFile } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isProblem } from '@/api/client';
import { api } from '@/api/endpoints';
import type { Table, TableFormat, TableImported } from '@/api/tables';
import { formatBytes, formatCount } from '@/shared/number';
import frame from '@/shared/ui/Detail.module.css';
import { Failure } from '@/shared/ui/states';
import own from './Lists.module.css';
import { formatOf } from './listsState';

const classes = { ...frame, ...own };
const formats: { value: TableFormat; label: string }[] = [
  { value: 'csv', label: 'CSV' },
  { value: 'tsv', label: 'TSV' },
  { value: 'jsonl', label: 'JSON lines' },
];

/** Reads a file into a list, and says what became of each row that was not taken. */
export function ImportForm({ table, onDone }: { table: Table; onDone: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File | null>(null);
  const [format, setFormat] = useState<TableFormat>('csv');
  const [key, setKey] = useState('');
  const [replace, setReplace] = useState(false);
  const [skipBad, setSkipBad] = useState(false);
  const run = useMutation({
    mutationFn: (chosen: File) => api.importTable(table, { file: chosen, format, key: key.split(',').map((name) => name.trim()).filter(Boolean), replace, skipBad }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['tables'] }),
  });
  const choose = (chosen: File | undefined) => {
    if (!chosen) return;
    setFile(chosen);
    setFormat(formatOf(chosen.name));
    run.reset();
  };
  // A refused file has its mistakes line by line: they are shown as those of rows that were left out.
  const mistakes = run.data ? run.data.errors : isProblem(run.error) ? run.error.errors.filter((one) => one.field.startsWith('line ')).map((one) => ({ line: Number(one.field.slice(5)), reason: one.message })) : [];
  return (
    <form
      className={`${classes.form ?? ''} ${classes.over ?? ''}`}
      onSubmit={(event) => {
        event.preventDefault();
        if (file) run.mutate(file);
      }}
      onKeyDown={(event) => event.key === 'Escape' && onDone()}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        choose(event.dataTransfer.files[0]);
      }}
      data-testid="import-form"
    >
      <strong>{t('lists.importTitle')}</strong>
      <div className={classes.fileLine}>
        <Button variant="default" leftSection={<IconFile size={14} />} onClick={() => input.current?.click()}>
          {t('lists.chooseFile')}
        </Button>
        <input ref={input} type="file" hidden accept=".csv,.tsv,.jsonl,.ndjson,.json,.txt,text/*" onChange={(event) => choose(event.currentTarget.files?.[0])} data-testid="import-file" />
        <span className={file ? 'mono' : classes.shown}>{file ? `${file.name} · ${formatBytes(file.size)}` : t('lists.noFile')}</span>
      </div>
      <div className={classes.importRow}>
        <Select label={t('lists.format')} value={format} data={formats} onChange={(value) => value && setFormat(value)} allowDeselect={false} />
        {table.kind === 'active-list' && format !== 'jsonl' ? <TextInput label={t('lists.keyColumns')} placeholder={t('lists.keyColumnsHint')} value={key} onChange={(event) => setKey(event.currentTarget.value)} spellCheck={false} data-testid="import-key" /> : null}
      </div>
      <Checkbox size="xs" label={t('lists.skipBad')} checked={skipBad} onChange={(event) => setSkipBad(event.currentTarget.checked)} data-testid="import-skip" />
      <Checkbox size="xs" label={t('lists.replace')} checked={replace} onChange={(event) => setReplace(event.currentTarget.checked)} data-testid="import-replace" />
      {run.error && mistakes.length === 0 ? <Failure error={run.error} compact /> : null}
      {run.error && mistakes.length > 0 ? <p className={classes.warning}>{isProblem(run.error) ? run.error.detail : null}</p> : null}
      {run.data ? <Outcome outcome={run.data} /> : null}
      {mistakes.length > 0 ? (
        <div className={classes.mistakes}>
          <table className={classes.table} data-testid="import-mistakes">
            <thead>
              <tr>
                <th className={classes.number}>{t('lists.line')}</th>
                <th>{t('lists.mistake')}</th>
              </tr>
            </thead>
            <tbody>
              {mistakes.map((one) => (
                <tr key={one.line}>
                  <td className={classes.number}>{formatCount(one.line)}</td>
                  <td className={classes.wide}>{one.reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      <div className={classes.formEnd}>
        <Button variant="default" size="compact-sm" onClick={onDone}>
          {run.data ? t('common.close') : t('common.cancel')}
        </Button>
        {run.data ? null : (
          <Button type="submit" size="compact-sm" disabled={!file} loading={run.isPending} data-testid="import-run">
            {t('lists.import')}
          </Button>
        )}
      </div>
    </form>
  );
}

function Outcome({ outcome }: { outcome: TableImported }) {
  const { t } = useTranslation();
  return (
    <p className={classes.outcome} role="status" data-testid="import-done">
      {t('lists.imported', { count: outcome.rows, text: formatCount(outcome.rows) })}
      {outcome.refused > 0 ? `, ${t('lists.leftOut', { count: outcome.refused, text: formatCount(outcome.refused) }).toLowerCase()}` : ''}
      {outcome.applied ? null : <span> {t('lists.later')}</span>}
    </p>
  );
}
