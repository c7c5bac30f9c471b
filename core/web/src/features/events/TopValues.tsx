import { ActionIcon } from '@mantine/core';
import { IconMinus, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import type { FieldInfo } from '@/api/types';
import { formatCount, formatPercent, formatShort } from '@/shared/number';
import { Failure, Loading } from '@/shared/ui/states';
import classes from './FieldRail.module.css';
import { topValuesSql } from './sql/build';
import type { Plan } from './useEventSearch';

interface Props {
  field: FieldInfo;
  plan: Plan;
  canFilter: boolean;
  onFilter: (field: string, value: string, negated: boolean) => void;
}

export function TopValues({ field, plan, canFilter, onFilter }: Props) {
  const { t } = useTranslation();
  const values = useQuery({
    queryKey: ['events', 'top', field.name, plan.where, plan.bounds?.from, plan.bounds?.to],
    queryFn: async ({ signal }) => {
      const answer = await api.search({ sql: topValuesSql(field.name, field.type, plan.where ?? null), from: plan.bounds?.from, to: plan.bounds?.to }, signal);
      return answer.rows.map((row) => ({ value: String(row[0] ?? ''), events: Number(row[1]), filled: Number(row[2]), variants: Number(row[3]) }));
    },
    enabled: plan.bounds !== null && plan.where !== undefined,
    staleTime: Infinity,
  });
  if (plan.where === undefined) return <p className={classes.note}>{t('fields.unknown')}</p>;
  if (values.isPending) return <Loading rows={3} height={22} />;
  if (values.error) return <Failure error={values.error} compact retry={() => void values.refetch()} />;
  const first = values.data[0];
  if (!first) return <p className={classes.note}>{t('fields.noValues')}</p>;
  return (
    <div className={classes.values} data-testid="top-values">
      {values.data.map((row) => (
        <div key={row.value} className={classes.value}>
          <div className={classes.valueText}>
            <i style={{ width: `${Math.max(1, (100 * row.events) / first.filled)}%` }} />
            <span title={row.value}>{row.value}</span>
          </div>
          <span className={classes.share} title={formatCount(row.events)}>
            {formatPercent(row.events, first.filled)}
          </span>
          <span className={classes.valueActions}>
            <ActionIcon size={18} disabled={!canFilter} aria-label={t('cell.forNamed', { value: row.value })} title={t('cell.for')} onClick={() => onFilter(field.name, row.value, false)}>
              <IconPlus size={12} />
            </ActionIcon>
            <ActionIcon size={18} disabled={!canFilter} aria-label={t('cell.outNamed', { value: row.value })} title={t('cell.out')} onClick={() => onFilter(field.name, row.value, true)}>
              <IconMinus size={12} />
            </ActionIcon>
          </span>
        </div>
      ))}
      <div className={classes.foot}>{t('fields.summary', { variants: formatShort(first.variants), filled: formatShort(first.filled) })}</div>
    </div>
  );
}
