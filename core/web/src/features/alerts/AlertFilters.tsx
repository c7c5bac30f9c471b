import { Menu, TextInput, UnstyledButton } from '@mantine/core';
import { IconCheck, IconChevronDown, IconSearch, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import type { AlertStatus } from '@/api/types';
import { useUser } from '@/features/session/session';
import { formatShort } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { presets } from '@/shared/time/range';
import { priorities, Severity } from '@/shared/ui/Severity';
import { useRangeText } from '@/shared/ui/TimePicker';
import classes from './AlertFilters.module.css';
import { allStatuses, type AlertsState } from './alertsState';
import { useUsers } from './queries';

interface Props {
  state: AlertsState;
  counts: Record<AlertStatus, number> | undefined;
  onChange: (patch: Partial<AlertsState>) => void;
}

export function AlertFilters({ state, counts, onChange }: Props) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const rangeText = useRangeText();
  const me = useUser();
  const users = useUsers();
  const rules = useQuery({ queryKey: ['rules'], queryFn: api.rules, staleTime: 60_000 });
  const [text, setText] = useState(state.text);
  const [shownText, setShownText] = useState(state.text);
  if (shownText !== state.text) {
    setShownText(state.text);
    setText(state.text);
  }
  useEffect(() => {
    if (text === state.text) return;
    const timer = setTimeout(() => onChange({ text }), 300);
    return () => clearTimeout(timer);
  }, [text, state.text, onChange]);

  const toggle = (list: readonly string[], value: string) => (list.includes(value) ? list.filter((one) => one !== value) : [...list, value]);
  const assigneeName =
    state.assignee === 'me' ? t('alerts.me') : state.assignee === 'none' ? t('alerts.nobody') : (users.find((user) => user.id === state.assignee)?.name ?? state.assignee);
  const ruleName = rules.data?.items.find((rule) => rule.id === state.rule)?.name ?? state.rule;

  return (
    <div className={classes.filters}>
      <TextInput
        className={classes.text}
        leftSection={<IconSearch size={14} />}
        placeholder={t('alerts.search')}
        aria-label={t('alerts.search')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        data-search
        data-testid="alert-search"
      />
      <div className={classes.chips}>
        {allStatuses.map((status) => (
          <UnstyledButton
            key={status}
            className={classes.chip}
            aria-pressed={state.statuses.includes(status)}
            data-testid={`status-${status}`}
            onClick={() => {
              const statuses = toggle(state.statuses, status);
              onChange({ statuses: statuses.length === 0 ? [status] : statuses });
            }}
          >
            {t(`alertStatus.${status}`)} {counts ? <b>{formatShort(counts[status] ?? 0)}</b> : null}
          </UnstyledButton>
        ))}
        <Chip label={t('alerts.priority')} value={state.priorities.map((value) => t(`priority.p${value as '1'}`)).join(', ')} onClear={() => onChange({ priorities: [] })}>
          {priorities.map((priority) => (
            <Menu.Item
              key={priority}
              closeMenuOnClick={false}
              rightSection={state.priorities.includes(String(priority)) ? <IconCheck size={14} /> : null}
              onClick={() => onChange({ priorities: toggle(state.priorities, String(priority)).toSorted().toReversed() })}
            >
              <Severity priority={priority} />
            </Menu.Item>
          ))}
        </Chip>
        <Chip label={t('alerts.assignee')} value={assigneeName ?? ''} onClear={() => onChange({ assignee: null })}>
          <Menu.Item onClick={() => onChange({ assignee: 'me' })}>{t('alerts.me')}</Menu.Item>
          <Menu.Item onClick={() => onChange({ assignee: 'none' })}>{t('alerts.nobody')}</Menu.Item>
          {users
            .filter((user) => user.id !== me?.id)
            .map((user) => (
              <Menu.Item key={user.id} onClick={() => onChange({ assignee: user.id })}>
                {user.name || user.login}
              </Menu.Item>
            ))}
        </Chip>
        <Chip label={t('alerts.rule')} value={ruleName ?? ''} onClear={() => onChange({ rule: null })}>
          <div className={classes.scroll}>
            {(rules.data?.items ?? []).map((rule) => (
              <Menu.Item key={rule.id} onClick={() => onChange({ rule: rule.id })}>
                {rule.name}
              </Menu.Item>
            ))}
          </div>
        </Chip>
        <Chip label={t('alerts.time')} value={state.range ? rangeText(state.range, zone) : ''} onClear={() => onChange({ range: null })}>
          {presets.map((preset) => (
            <Menu.Item key={preset.from + preset.to} onClick={() => onChange({ range: preset })}>
              {rangeText(preset, zone)}
            </Menu.Item>
          ))}
        </Chip>
      </div>
    </div>
  );
}

function Chip({ label, value, onClear, children }: { label: string; value: string; onClear: () => void; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <span className={classes.group}>
      <Menu position="bottom-start">
        <Menu.Target>
          <UnstyledButton className={classes.chip} aria-pressed={value !== ''}>
            <span className={classes.chipText}>{value || label}</span>
            {value ? null : <IconChevronDown size={12} />}
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>{children}</Menu.Dropdown>
      </Menu>
      {value ? (
        <UnstyledButton className={classes.clear} aria-label={t('alerts.clearFilter', { name: label })} onClick={onClear}>
          <IconX size={11} />
        </UnstyledButton>
      ) : null}
    </span>
  );
}
