import { ActionIcon, Switch, TextInput, UnstyledButton } from '@mantine/core';
import { IconChevronRight, IconColumnInsertRight, IconColumnRemove, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import type { FieldInfo } from '@/api/types';
import { formatPercent } from '@/shared/number';
import { Failure, Loading } from '@/shared/ui/states';
import classes from './FieldRail.module.css';
import type { Schema } from './fields';
import { fillSql, serviceColumns } from './sql/build';
import { TopValues } from './TopValues';
import type { Plan } from './useEventSearch';

const sampleSize = 500;
const marks: Record<FieldInfo['type'], string> = { STRING: 'a', INTEGER: '#', FLOAT: '.5', TIMESTAMP: '◷', STRING_ARRAY: '[]' };

interface Props {
  schema: Schema;
  plan: Plan;
  columns: readonly string[];
  canFilter: boolean;
  /** Null when the columns are not chosen here but in a statement. */
  onColumn: ((field: string) => void) | null;
  onFilter: (field: string, value: string, negated: boolean) => void;
}

/** The fields of the events that were found: which are filled, how often, with what. */
export function FieldRail({ schema, plan, columns, canFilter, onColumn, onFilter }: Props) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const [showEmpty, setShowEmpty] = useState(false);
  const fills = useQuery({
    queryKey: ['events', 'fills', plan.where, plan.bounds?.from, plan.bounds?.to],
    queryFn: async ({ signal }) => {
      const fields = schema.fields.filter((field) => field.name !== 'Raw');
      const answer = await api.search({ sql: fillSql(fields, plan.where ?? null, sampleSize), from: plan.bounds?.from, to: plan.bounds?.to }, signal);
      const row = answer.rows[0] ?? [];
      return { sample: Number(row[0] ?? 0), counts: new Map(fields.map((field, index) => [field.name, Number(row[index + 1] ?? 0)])) };
    },
    enabled: schema.ready && schema.fields.length > 0 && plan.where !== undefined && plan.bounds !== null,
    staleTime: Infinity,
    placeholderData: (previous) => previous,
  });

  const { selected, popular, empty } = useMemo(() => {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const matches = (field: FieldInfo) =>
      words.every((word) => [field.name, field.meaning, field.cef ?? '', field.ecs ?? ''].some((text) => text.toLowerCase().includes(word)));
    const count = (field: FieldInfo) => fills.data?.counts.get(field.name) ?? 0;
    const found = schema.fields.filter(matches);
    const rest = found.filter((field) => !columns.includes(field.name) && !(serviceColumns as readonly string[]).slice(0, 2).includes(field.name));
    return {
      selected: columns.map((name) => found.find((field) => field.name === name)).filter((field) => field !== undefined),
      popular: rest.filter((field) => count(field) > 0).sort((a, b) => count(b) - count(a) || a.name.localeCompare(b.name)),
      empty: rest.filter((field) => count(field) === 0),
    };
  }, [schema.fields, columns, search, fills.data]);

  const sample = fills.data?.sample ?? 0;
  const unknown = plan.where === undefined || (fills.error !== null && !fills.data);
  const list = (fields: readonly FieldInfo[]) =>
    fields.map((field) => (
      <FieldRow
        key={field.name}
        field={field}
        filled={fills.data?.counts.get(field.name) ?? 0}
        sample={sample}
        plan={plan}
        chosen={columns.includes(field.name)}
        canFilter={canFilter}
        onColumn={onColumn}
        onFilter={onFilter}
      />
    ));

  return (
    <aside className={classes.rail} aria-label={t('fields.title')} data-testid="fields">
      <div className={classes.search}>
        <TextInput
          leftSection={<IconSearch size={14} />}
          placeholder={t('fields.search')}
          aria-label={t('fields.search')}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      </div>
      <div className={classes.scroll}>
        {schema.error ? <Failure error={schema.error} compact /> : null}
        {!schema.ready ? <Loading rows={10} /> : null}
        {selected.length > 0 ? <h3>{t('fields.selected')}</h3> : null}
        {list(selected)}
        {popular.length > 0 ? <h3>{t('fields.popular')}</h3> : null}
        {list(popular)}
        {unknown ? <p className={classes.note}>{fills.error ? t('fields.countFailed') : t('fields.unknown')}</p> : null}
        {empty.length > 0 && schema.ready ? (
          <>
            <h3 className={classes.emptyHead}>
              {unknown ? t('fields.all') : t('fields.empty', { count: empty.length })}
              <Switch size="xs" checked={showEmpty || unknown || search !== ''} onChange={(event) => setShowEmpty(event.currentTarget.checked)} aria-label={t('fields.showEmpty')} />
            </h3>
            {showEmpty || unknown || search !== '' ? list(empty) : null}
          </>
        ) : null}
        {schema.ready && selected.length + popular.length + empty.length === 0 && !schema.error ? <p className={classes.note}>{t('fields.none')}</p> : null}
      </div>
    </aside>
  );
}

interface RowProps {
  field: FieldInfo;
  filled: number;
  sample: number;
  plan: Plan;
  chosen: boolean;
  canFilter: boolean;
  onColumn: ((field: string) => void) | null;
  onFilter: (field: string, value: string, negated: boolean) => void;
}

function FieldRow({ field, filled, sample, plan, chosen, canFilter, onColumn, onFilter }: RowProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <div className={classes.field} data-open={open || undefined}>
      <div className={classes.head}>
        <UnstyledButton className={classes.name} aria-expanded={open} onClick={() => setOpen(!open)} title={field.meaning}>
          <IconChevronRight size={12} className={classes.chevron} />
          <span className={classes.mark}>{marks[field.type]}</span>
          <span className={classes.text}>{field.name}</span>
          {sample > 0 && filled > 0 ? (
            <span className={classes.fill} title={t('fields.fill', { percent: formatPercent(filled, sample), sample })}>
              <i style={{ width: `${Math.round((100 * filled) / sample)}%` }} />
            </span>
          ) : null}
        </UnstyledButton>
        {onColumn ? <ActionIcon
          size={22}
          className={classes.add}
          aria-label={chosen ? t('fields.removeColumn', { name: field.name }) : t('fields.addColumn', { name: field.name })}
          title={chosen ? t('fields.removeColumn', { name: field.name }) : t('fields.addColumn', { name: field.name })}
          onClick={() => onColumn(field.name)}
        >
          {chosen ? <IconColumnRemove size={14} /> : <IconColumnInsertRight size={14} />}
        </ActionIcon> : null}
      </div>
      {open ? <TopValues field={field} plan={plan} canFilter={canFilter} onFilter={onFilter} /> : null}
    </div>
  );
}
