import { ActionIcon, Switch, TextInput } from '@mantine/core';
import { IconColumnInsertRight, IconColumnRemove, IconCopy, IconFilterMinus, IconFilterPlus, IconSearch } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Cell, EventRecord } from '@/api/types';
import { copyText } from '@/shared/clipboard';
import { usePreferences } from '@/shared/preferences';
import { cellText, eventTypeName, isAbsent, isZero, rawText } from './cells';
import classes from './EventDetail.module.css';
import type { Schema } from './fields';

interface Props {
  event: EventRecord;
  schema: Schema;
  columns: readonly string[];
  canFilter: boolean;
  onColumn: (field: string) => void;
  onFilter: (field: string, value: string, negated: boolean) => void;
}

interface Row {
  name: string;
  label: string | null;
  value: Cell;
  text: string;
  meaning: string;
}

const groups = ['purpose', 'custom', 'extra', 'service'] as const;
type Group = (typeof groups)[number];

/** The filled fields of an event by group; the value of a custom field stands with its label. */
export function EventFields({ event, schema, columns, canFilter, onColumn, onFilter }: Props) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const [search, setSearch] = useState('');
  const [zeros, setZeros] = useState(false);
  const { rows, hidden } = useMemo(() => {
    const out: Record<Group, Row[]> = { purpose: [], custom: [], extra: [], service: [] };
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    let hidden = 0;
    const add = (group: Group, row: Row) => {
      if (words.every((word) => `${row.name} ${row.label ?? ''} ${row.text}`.toLowerCase().includes(word))) out[group].push(row);
    };
    for (const [name, value] of Object.entries(event)) {
      if (isAbsent(value) || name === 'Raw') continue;
      const field = schema.byName.get(name);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        for (const [key, inner] of Object.entries(value)) {
          const path = `${name}.${key}`;
          if (!isAbsent(inner)) add('extra', { name: path, label: null, value: inner, text: rawText(inner), meaning: '' });
        }
        continue;
      }
      // The label of a custom field is shown beside its value.
      if (/Label$/.test(name) && event[name.slice(0, -5)] !== undefined) continue;
      // The store has no null numbers: a zero mostly means that the source said nothing.
      if (!zeros && field && isZero(value, field.type)) {
        hidden++;
        continue;
      }
      const label = event[`${name}Label`];
      const text = Array.isArray(value) ? value.map(String).join('\n') : cellText(value, { name, type: field?.type ?? 'String' }, zone);
      if (text === '') continue;
      const kind = name === 'Type' ? eventTypeName(value) : null;
      const group = field?.group === 'service' || field?.group === 'custom' ? field.group : 'purpose';
      add(group, { name, label: typeof label === 'string' && label !== '' ? label : null, value, text: kind ? `${text} · ${t(`eventType.${kind}`)}` : text, meaning: field?.meaning ?? '' });
    }
    return { rows: out, hidden };
  }, [event, schema, search, zone, zeros, t]);
  const none = groups.every((group) => rows[group].length === 0);

  return (
    <>
      <div className={classes.filter}>
        <TextInput
          leftSection={<IconSearch size={14} />}
          placeholder={t('detail.search')}
          aria-label={t('detail.search')}
          value={search}
          onChange={(change) => setSearch(change.currentTarget.value)}
        />
      </div>
      <table className={classes.fields} data-testid="event-fields">
        <tbody>
          {groups.map((group) =>
            rows[group].length === 0 ? null : [
              <tr key={group} className={classes.group}>
                <th colSpan={2}>{t(`detail.group.${group}`)}</th>
              </tr>,
              ...rows[group].map((row) => (
                <tr key={row.name}>
                  <th scope="row" title={row.meaning}>
                    {row.name}
                    {row.label ? <span className={classes.label}>{row.label}</span> : null}
                  </th>
                  <td>
                    <span className={classes.clamp}>{row.text}</span>
                    <span className={classes.actions}>
                      <ActionIcon size={22} disabled={!canFilter} aria-label={t('cell.forNamed', { value: row.name })} title={t('cell.for')} onClick={() => onFilter(row.name, rawText(row.value), false)}>
                        <IconFilterPlus size={14} />
                      </ActionIcon>
                      <ActionIcon size={22} disabled={!canFilter} aria-label={t('cell.outNamed', { value: row.name })} title={t('cell.out')} onClick={() => onFilter(row.name, rawText(row.value), true)}>
                        <IconFilterMinus size={14} />
                      </ActionIcon>
                      <ActionIcon
                        size={22}
                        aria-label={t(columns.includes(row.name) ? 'fields.removeColumn' : 'fields.addColumn', { name: row.name })}
                        title={t(columns.includes(row.name) ? 'fields.removeColumn' : 'fields.addColumn', { name: row.name })}
                        onClick={() => onColumn(row.name)}
                      >
                        {columns.includes(row.name) ? <IconColumnRemove size={14} /> : <IconColumnInsertRight size={14} />}
                      </ActionIcon>
                      <ActionIcon size={22} aria-label={t('common.copy')} title={t('common.copy')} onClick={() => void copyText(row.text)}>
                        <IconCopy size={14} />
                      </ActionIcon>
                    </span>
                  </td>
                </tr>
              )),
            ],
          )}
        </tbody>
      </table>
      {hidden > 0 || zeros ? (
        <div className={classes.filter}>
          <Switch size="xs" checked={zeros} onChange={(change) => setZeros(change.currentTarget.checked)} label={t('detail.zeros', { count: hidden })} />
        </div>
      ) : null}
      {none ? <p className={classes.filter}>{t('detail.noneMatch')}</p> : null}
    </>
  );
}
