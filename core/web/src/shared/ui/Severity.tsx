import { IconAlertOctagonFilled, IconAlertTriangleFilled, IconAlertSquareRoundedFilled, IconInfoCircleFilled } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Priority } from '@/api/types';
import classes from './Severity.module.css';

const icons = {
  1: IconInfoCircleFilled,
  2: IconAlertSquareRoundedFilled,
  3: IconAlertTriangleFilled,
  4: IconAlertOctagonFilled,
} as const;

export const priorities: readonly Priority[] = [4, 3, 2, 1];

/** Severity by shape, colour and word, so that it is clear without the colour too. */
export function Severity({ priority, iconOnly = false }: { priority: Priority; iconOnly?: boolean }) {
  const { t } = useTranslation();
  const Icon = icons[priority];
  const label = t(`priority.p${priority}`);
  return (
    <span className={classes.severity} data-priority={priority} title={iconOnly ? label : undefined}>
      <Icon size={15} aria-hidden />
      <span className={iconOnly ? 'visually-hidden' : undefined}>{label}</span>
    </span>
  );
}

export function priorityOf(value: unknown): Priority | null {
  const number = Number(value);
  return number === 1 || number === 2 || number === 3 || number === 4 ? number : null;
}
