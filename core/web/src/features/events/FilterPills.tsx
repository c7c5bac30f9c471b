import { ActionIcon, Menu, UnstyledButton } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { filterSql, type Filter } from './filters';
import classes from './FilterPills.module.css';
import type { FieldTypes } from './sql/predicate';

interface Props {
  filters: readonly Filter[];
  types: FieldTypes;
  onChange: (filters: Filter[]) => void;
}

export function FilterPills({ filters, types, onChange }: Props) {
  const { t } = useTranslation();
  if (filters.length === 0) return null;
  const replace = (index: number, filter: Filter) => onChange(filters.map((other, at) => (at === index ? filter : other)));
  const remove = (index: number) => onChange(filters.filter((_, at) => at !== index));
  return (
    <div className={classes.pills} role="list" aria-label={t('filters.label')} data-testid="filters">
      {filters.map((filter, index) => {
        const invalid = filterSql(filter, types) === null;
        return (
          <div
            key={`${filter.field}${filter.operator}${filter.value}`}
            role="listitem"
            className={classes.pill}
            data-negated={filter.negated || undefined}
            data-disabled={filter.disabled || undefined}
            data-invalid={invalid || undefined}
            title={invalid ? t('filters.invalid') : undefined}
          >
            <Menu position="bottom-start">
              <Menu.Target>
                <UnstyledButton className={classes.body}>
                  {filter.negated ? <b>{t('filters.not')}</b> : null}
                  <span className={classes.field}>{filter.field}</span>
                  <span className={classes.operator}>
                    {filter.operator === 'exists' ? t('filters.exists') : filter.operator === 'contains' ? t('filters.contains') : '='}
                  </span>
                  {filter.operator === 'exists' ? null : <span className={classes.value}>{filter.value}</span>}
                </UnstyledButton>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item onClick={() => replace(index, { ...filter, negated: !filter.negated })}>
                  {filter.negated ? t('filters.include') : t('filters.exclude')}
                </Menu.Item>
                <Menu.Item onClick={() => replace(index, { ...filter, disabled: !filter.disabled })}>
                  {filter.disabled ? t('filters.enable') : t('filters.disable')}
                </Menu.Item>
                {filter.operator !== 'exists' ? (
                  <Menu.Item onClick={() => replace(index, { ...filter, operator: filter.operator === 'is' ? 'contains' : 'is' })}>
                    {filter.operator === 'is' ? t('filters.toContains') : t('filters.toIs')}
                  </Menu.Item>
                ) : null}
                <Menu.Divider />
                <Menu.Item onClick={() => remove(index)}>{t('filters.remove')}</Menu.Item>
              </Menu.Dropdown>
            </Menu>
            <ActionIcon size={20} aria-label={t('filters.removeNamed', { field: filter.field })} onClick={() => remove(index)}>
              <IconX size={12} />
            </ActionIcon>
          </div>
        );
      })}
      {filters.length > 1 ? (
        <UnstyledButton className={classes.clear} onClick={() => onChange([])}>
          {t('filters.clear')}
        </UnstyledButton>
      ) : null}
    </div>
  );
}
