import { IconAlertTriangle, IconBan, IconCircleCheck, IconClockHour4, IconListDetails, IconLoader2, IconMail, IconPlayerPause, IconScript, IconSend, IconWebhook } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ResponseKind, ResponseRun, RunState } from '@/api/responses';
import classes from './RunParts.module.css';

const stateIcons = { waiting: IconClockHour4, running: IconLoader2, done: IconCircleCheck, failed: IconAlertTriangle, suppressed: IconPlayerPause, cancelled: IconBan } as const;

/** Where a run stands, by icon, colour and word. */
export function RunStateMark({ state }: { state: RunState }) {
  const { t } = useTranslation();
  const Icon = stateIcons[state];
  return (
    <span className={classes.state} data-state={state} data-testid="run-state">
      <Icon size={14} aria-hidden /> {t(`responses.run.${state}`)}
    </span>
  );
}

const kindIcons = { script: IconScript, webhook: IconWebhook, email: IconMail, syslog: IconSend, 'active-list': IconListDetails } as const;

export function KindIcon({ kind }: { kind: ResponseKind }) {
  const { t } = useTranslation();
  const Icon = kindIcons[kind];
  return <Icon size={15} stroke={1.7} aria-label={t(`responses.kinds.${kind}`)} className={classes.kind} />;
}

/** Who wanted the run. */
export function Actor({ run }: { run: ResponseRun }) {
  const { t } = useTranslation();
  return run.byHand ? <span>{run.actor}</span> : <span className={classes.muted}>{t('responses.byItself')}</span>;
}

/** How it ended, and on demand what was printed or answered. */
export function Outcome({ run }: { run: ResponseRun }) {
  const { t } = useTranslation();
  const lines = run.output.trim();
  const said = run.outcome || (run.state === 'waiting' || run.state === 'running' ? '' : '—');
  return (
    <div className={classes.outcome}>
      {said ? <span>{said}</span> : null}
      {run.attempts > 1 && run.state !== 'failed' ? <span className={classes.muted}>{t('responses.attempts', { count: run.attempts })}</span> : null}
      {lines ? (
        <details>
          <summary>{t('responses.output')}</summary>
          <pre className="mono">{lines}</pre>
        </details>
      ) : null}
    </div>
  );
}
