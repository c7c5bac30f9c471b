import { Button, Menu } from '@mantine/core';
import { IconCheck, IconChevronDown, IconCircleX, IconListSearch, IconUserCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Alert, AlertPatch, ClosingReason, Priority } from '@/api/types';
import { useUser } from '@/features/session/session';
import { priorities, Severity } from '@/shared/ui/Severity';
import classes from './AlertDetail.module.css';
import { Avatar, Status } from './parts';
import { useUsers } from './queries';

export type ActionMenu = 'status' | 'priority' | 'assignee' | 'close' | null;
export const closingReasons: readonly ClosingReason[] = ['responded', 'incorrect-data', 'incorrect-rule'];

interface Props {
  alert: Alert;
  menu: ActionMenu;
  onMenu: (menu: ActionMenu) => void;
  onPatch: (patch: Omit<AlertPatch, 'version'>) => void;
  onEvents: () => void;
}

/** What can be done with an alert; each menu also opens by its key. */
export function AlertActions({ alert, menu, onMenu, onPatch, onEvents }: Props) {
  const { t } = useTranslation();
  const me = useUser();
  const users = useUsers();
  const mine = alert.assignee?.id === me?.id && alert.assignee !== null;
  const control = (name: Exclude<ActionMenu, null>) => ({ opened: menu === name, onChange: (open: boolean) => onMenu(open ? name : null) });

  return (
    <div className={classes.actions}>
      <Button
        variant={mine ? 'default' : 'filled'}
        leftSection={<IconUserCheck size={15} />}
        disabled={mine || !me || alert.status === 'closed'}
        onClick={() => me && onPatch({ assignee: me.id })}
        title={`${t('alerts.assignMe')} (a)`}
        data-testid="assign-me"
      >
        {mine ? t('alerts.mine') : t('alerts.assignMe')}
      </Button>
      <Menu {...control('assignee')} position="bottom-start">
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={13} />} leftSection={alert.assignee ? <Avatar user={alert.assignee} size={18} /> : null} data-testid="assignee">
            {alert.assignee ? alert.assignee.name || alert.assignee.login : t('alerts.nobody')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {users.map((user) => (
            <Menu.Item key={user.id} leftSection={<Avatar user={user} size={18} />} rightSection={user.id === alert.assignee?.id ? <IconCheck size={14} /> : null} onClick={() => onPatch({ assignee: user.id })}>
              {user.name || user.login}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item disabled={!alert.assignee} onClick={() => onPatch({ assignee: null })}>
            {t('alerts.unassign')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Menu {...control('status')} position="bottom-start">
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={13} />} title={`${t('alerts.status')} (s)`} data-testid="status-menu">
            <Status status={alert.status} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item disabled={alert.status === 'new'} onClick={() => onPatch({ status: 'new' })}>
            {t('alertStatus.new')}
          </Menu.Item>
          <Menu.Item disabled={alert.status === 'assigned'} onClick={() => onPatch({ status: 'assigned' })} data-testid="set-assigned">
            {t('alertStatus.assigned')}
          </Menu.Item>
          <CloseItems disabled={alert.status === 'closed'} onClose={(closingReason) => onPatch({ status: 'closed', closingReason })} />
        </Menu.Dropdown>
      </Menu>
      <Menu {...control('priority')} position="bottom-start">
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={13} />} title={`${t('alerts.priority')} (p)`} data-testid="priority-menu">
            <Severity priority={alert.priority} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {priorities.map((priority: Priority) => (
            <Menu.Item
              key={priority}
              disabled={priority === alert.priority || priority < (alert.rulePriority ?? 1)}
              title={priority < (alert.rulePriority ?? 1) ? t('alerts.priorityFloor') : undefined}
              onClick={() => onPatch({ priority })}
            >
              <Severity priority={priority} />
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {alert.status === 'closed' ? (
        <Button variant="default" onClick={() => onPatch({ status: 'new' })}>
          {t('alerts.reopen')}
        </Button>
      ) : (
        <Menu {...control('close')} position="bottom-start">
          <Menu.Target>
            <Button variant="default" leftSection={<IconCircleX size={15} />} title={`${t('alerts.close')} (c)`} data-testid="close-menu">
              {t('alerts.close')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <CloseItems disabled={false} onClose={(closingReason) => onPatch({ status: 'closed', closingReason })} />
          </Menu.Dropdown>
        </Menu>
      )}
      <Button variant="subtle" leftSection={<IconListSearch size={15} />} onClick={onEvents} title={`${t('alerts.openEvents')} (o)`} data-testid="open-events">
        {t('alerts.openEvents')}
      </Button>
    </div>
  );
}

export function CloseItems({ disabled, onClose }: { disabled: boolean; onClose: (reason: ClosingReason) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <Menu.Label>{t('alerts.closeAs')}</Menu.Label>
      {closingReasons.map((reason) => (
        <Menu.Item key={reason} disabled={disabled} onClick={() => onClose(reason)} data-testid={`close-${reason}`}>
          {t(`closing.${reason}`)}
        </Menu.Item>
      ))}
    </>
  );
}
