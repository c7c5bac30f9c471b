import { Button } from '@mantine/core';
import { IconAlertTriangle, IconMoodEmpty, IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isProblem } from '@/api/client';
import classes from './states.module.css';

/** What, why and what to do: a panel is never silently empty. */
export function Empty({ title, children, icon }: { title: string; children?: ReactNode; icon?: ReactNode }) {
  return (
    <div className={classes.state} role="status">
      <span className={classes.icon}>{icon ?? <IconMoodEmpty size={26} stroke={1.4} />}</span>
      <strong>{title}</strong>
      {children ? <div className={classes.text}>{children}</div> : null}
    </div>
  );
}

export function Failure({ error, retry, compact = false }: { error: unknown; retry?: () => void; compact?: boolean }) {
  const { t } = useTranslation();
  const problem = isProblem(error) ? error : null;
  return (
    <div className={compact ? classes.inline : classes.state} role="alert" data-error>
      <span className={classes.bad}>
        <IconAlertTriangle size={compact ? 16 : 26} stroke={1.5} />
      </span>
      <strong>{problem?.status === 0 ? t('states.unreachable') : problem?.title || t('states.failed')}</strong>
      <div className={classes.detail}>{problem?.status === 0 ? t('states.unreachableText') : problem ? problem.detail : String(error)}</div>
      {problem && problem.line !== null ? (
        <div className={classes.text}>
          {t('states.position', { line: problem.line, column: problem.column ?? 1 })}
        </div>
      ) : null}
      {problem?.errors.map((one) => (
        <div key={one.field} className={classes.text}>
          <code className="mono">{one.field}</code> {one.message}
        </div>
      ))}
      {retry ? (
        <Button variant="default" size="compact-xs" leftSection={<IconRefresh size={14} />} onClick={retry}>
          {t('states.retry')}
        </Button>
      ) : null}
    </div>
  );
}

/** Grey bars where rows will be. */
export function Loading({ rows = 8, height = 28 }: { rows?: number; height?: number }) {
  const { t } = useTranslation();
  return (
    <div className={classes.loading} role="status" aria-label={t('states.loading')}>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className={classes.skeleton} style={{ height: height - 10, width: `${92 - ((index * 37) % 40)}%` }} />
      ))}
    </div>
  );
}
