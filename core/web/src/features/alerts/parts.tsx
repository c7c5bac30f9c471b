import { IconCircleCheck, IconCircleDashed, IconDeviceDesktop, IconNetwork, IconProgress, IconUser } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { AlertStatus, Entity, User } from '@/api/types';
import { initials } from '@/app/UserMenu';
import type { EventsParams } from '@/features/events/searchState';
import classes from './parts.module.css';

const statusIcons = { new: IconCircleDashed, assigned: IconProgress, closed: IconCircleCheck } as const;

export function Status({ status }: { status: AlertStatus }) {
  const { t } = useTranslation();
  const Icon = statusIcons[status];
  return (
    <span className={classes.status} data-status={status} data-testid="alert-status">
      <Icon size={14} aria-hidden /> {t(`alertStatus.${status}`)}
    </span>
  );
}

const entityIcons = { user: IconUser, host: IconDeviceDesktop, address: IconNetwork } as const;

/** A user, host or address; a link to its events when a search is given. */
export function EntityChip({ entity, search }: { entity: Entity; search?: EventsParams }) {
  const { t } = useTranslation();
  const Icon = entityIcons[entity.kind];
  const content = (
    <>
      <Icon size={13} stroke={1.7} aria-label={t(`entity.${entity.kind}`)} /> <span>{entity.value}</span>
    </>
  );
  return search ? (
    <Link to="/events" search={search} className={classes.entity} title={t('alerts.entitySearch')} data-link>
      {content}
    </Link>
  ) : (
    <span className={classes.entity}>{content}</span>
  );
}

export function Avatar({ user, size = 20 }: { user: User; size?: number }) {
  return (
    <span className={classes.avatar} style={{ width: size, height: size, fontSize: size * 0.45 }} title={user.name || user.login} aria-label={user.name || user.login}>
      {initials(user.name || user.login)}
    </span>
  );
}

/** `TA0006` and `T1110.001` with their place on the ATT&CK site as text only: nothing outside is loaded or linked. */
export function Mitre({ tactics, techniques }: { tactics: readonly string[]; techniques: readonly string[] }) {
  return (
    <>
      {tactics.map((tactic) => (
        <span key={tactic} className={classes.tactic}>
          {tactic}
        </span>
      ))}
      {techniques.map((technique) => (
        <span key={technique} className={classes.technique}>
          {technique}
        </span>
      ))}
    </>
  );
}
