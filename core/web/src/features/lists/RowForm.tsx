import { ActionIcon, Button, Textarea, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import type { Table, TableField, TableRow } from '@/api/tables';
import frame from '@/shared/ui/Detail.module.css';
import { Failure } from '@/shared/ui/states';
import own from './Lists.module.css';
import { draftsOf, keyNames, valuesOf, type Draft } from './listsState';

const classes = { ...frame, ...own };

interface Props {
  table: Table;
  /** The record to change, or null for a new one. */
  row: TableRow | null;
  onCancel: () => void;
  onSaved: (applied: boolean) => void;
}

/** A record as it is to be: its key, and fields that are declared or free. */
export function RowForm({ table, row, onCancel, onSaved }: Props) {
  const { t } = useTranslation();
  const names = keyNames(table);
  const [key, setKey] = useState<string[]>(row?.key ?? names.map(() => ''));
  const parts = key.length > 0 ? key : [''];
  const [drafts, setDrafts] = useState<Draft[]>(() => draftsOf(table, row));
  const isFree = table.fields.length === 0;
  const save = useMutation({
    mutationFn: () => api.putTableRow(table, parts, valuesOf(drafts)),
    onSuccess: ({ applied }) => onSaved(applied),
  });
  const isComplete = parts.some((part) => part.trim() !== '') && (names.length === 0 || parts.every((part) => part !== ''));
  const setPart = (at: number, part: string) => setKey(parts.map((one, index) => (index === at ? part : one)));
  const setDraft = (at: number, draft: Draft) => setDrafts(drafts.map((one, index) => (index === at ? draft : one)));
  return (
    <form
      className={`${classes.form ?? ''} ${classes.over ?? ''}`}
      onSubmit={(event) => {
        event.preventDefault();
        if (isComplete) save.mutate();
      }}
      onKeyDown={(event) => event.key === 'Escape' && onCancel()}
      data-testid="row-form"
    >
      <strong>{row ? t('lists.change') : t('lists.newRecord')}</strong>
      <div className={classes.keys}>
        {parts.map((part, at) => (
          <TextInput
            key={at}
            label={names[at] ?? (parts.length > 1 ? t('lists.part', { number: at + 1 }) : t('lists.key'))}
            value={part}
            onChange={(event) => setPart(at, event.currentTarget.value)}
            disabled={row !== null}
            spellCheck={false}
            data-testid="row-key"
            data-autofocus={at === 0 || undefined}
            autoFocus={at === 0 && row === null}
          />
        ))}
        {isFree && row === null ? (
          <Button variant="subtle" size="compact-xs" leftSection={<IconPlus size={13} />} onClick={() => setKey([...parts, ''])}>
            {t('lists.morePart')}
          </Button>
        ) : null}
      </div>
      {isFree ? (
        <div>
          {drafts.map(([name, text], at) => (
            <div key={at} className={classes.pair}>
              <TextInput aria-label={t('lists.field')} placeholder={t('lists.field')} value={name} onChange={(event) => setDraft(at, [event.currentTarget.value, text])} spellCheck={false} data-testid="row-field" />
              <span>=</span>
              <Lines label={t('lists.value')} text={text} several onChange={(next) => setDraft(at, [name, next])} />
              <ActionIcon size="sm" aria-label={t('lists.dropField')} title={t('lists.dropField')} onClick={() => setDrafts(drafts.filter((_, index) => index !== at))}>
                <IconTrash size={14} />
              </ActionIcon>
            </div>
          ))}
          <Button variant="subtle" size="compact-xs" leftSection={<IconPlus size={13} />} onClick={() => setDrafts([...drafts, ['', '']])}>
            {t('lists.moreFields')}
          </Button>
        </div>
      ) : (
        <div className={classes.fields}>
          {drafts.map(([name, text], at) => (
            <Declared key={name} field={table.fields.find((field) => field.name === name)} text={text} onChange={(next) => setDraft(at, [name, next])} />
          ))}
        </div>
      )}
      {save.error ? <Failure error={save.error} compact /> : null}
      <div className={classes.formEnd}>
        <Button variant="default" size="compact-sm" onClick={onCancel}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" size="compact-sm" disabled={!isComplete} loading={save.isPending} data-testid="row-save">
          {t('lists.save')}
        </Button>
      </div>
    </form>
  );
}

function Declared({ field, text, onChange }: { field: TableField | undefined; text: string; onChange: (text: string) => void }) {
  const { t } = useTranslation();
  if (!field) return null;
  return (
    <label className={classes.declared}>
      <span>
        {field.name} <i>{t(`fieldType.${field.type}`)}</i>
      </span>
      <Lines label={field.name} text={text} several={field.list} onChange={onChange} />
    </label>
  );
}

/** One value, or several with one a line. */
function Lines({ label, text, several, onChange }: { label: string; text: string; several: boolean; onChange: (text: string) => void }) {
  const { t } = useTranslation();
  const lines = text.split('\n').length;
  return several ? (
    <Textarea aria-label={label} placeholder={t('lists.severalHint')} value={text} rows={Math.min(6, lines)} onChange={(event) => onChange(event.currentTarget.value)} spellCheck={false} data-testid="row-value" />
  ) : (
    <TextInput aria-label={label} value={text} onChange={(event) => onChange(event.currentTarget.value)} spellCheck={false} data-testid="row-value" />
  );
}
