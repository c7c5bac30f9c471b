import { Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertChange, AlertDetail, ClosingReason } from '@/api/types';
import { usePreferences } from '@/shared/preferences';
import { formatAge, formatTime } from '@/shared/time/format';
import { Failure } from '@/shared/ui/states';
import { useNow } from '@/shared/ui/useNow';
import classes from './AlertNotes.module.css';
import { Avatar } from './parts';
import { useComment, useUsers } from './queries';

/** Comments and history: what people said and did about the alert. */
export function AlertNotes({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const now = useNow(30_000);
  const [text, setText] = useState('');
  const comment = useComment(alert.id);
  const send = () => {
    const trimmed = text.trim();
    if (trimmed) comment.mutate(trimmed, { onSuccess: () => setText('') });
  };
  const age = (moment: number) => <time title={formatTime(moment, zone)}>{t('common.ago', { age: formatAge(moment, now) })}</time>;
  // A comment shows itself above; its line in the history would say it twice.
  const changes = alert.history.filter((change) => change.change !== 'comment').toSorted((a, b) => b.time - a.time);

  return (
    <>
      <h3 className={classes.head}>{t('alerts.comments')}</h3>
      {alert.comments.toSorted((a, b) => a.createdAt - b.createdAt).map((one) => (
        <div key={one.id} className={classes.comment} data-testid="comment">
          <div className={classes.by}>
            {one.author ? <Avatar user={one.author} /> : null}
            <strong>{one.author?.name || one.author?.login || t('alerts.system')}</strong>
            {age(one.createdAt)}
          </div>
          <p>{one.text}</p>
        </div>
      ))}
      <Textarea
        autosize
        minRows={2}
        maxRows={8}
        maxLength={10_000}
        placeholder={t('alerts.commentHint')}
        aria-label={t('alerts.comment')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send();
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
        data-comment
        data-testid="comment-text"
      />
      <div className={classes.send}>
        <Button variant="default" disabled={!text.trim()} loading={comment.isPending} onClick={send} data-testid="comment-send">
          {t('alerts.comment')}
        </Button>
      </div>
      {comment.error ? <Failure error={comment.error} compact /> : null}
      <h3 className={classes.head}>{t('alerts.history')}</h3>
      <ol className={classes.history} data-testid="history">
        {changes.map((change, index) => (
          <li key={`${change.time}${change.change}${index}`}>
            <Change change={change} /> {age(change.time)}
          </li>
        ))}
      </ol>
    </>
  );
}

function Change({ change }: { change: AlertChange }) {
  const { t } = useTranslation();
  const users = useUsers();
  const who = change.user?.name || change.user?.login || t('alerts.system');
  const name = (id: string | null | undefined) => (id ? (users.find((user) => user.id === id || user.login === id)?.name || id) : t('alerts.nobody'));
  const status = (text: string | null | undefined) => {
    const [value, reason] = (text ?? '').split(': ');
    if (value !== 'new' && value !== 'assigned' && value !== 'closed') return text ?? '';
    return t(`alertStatus.${value}`) + (reason ? ` (${t(`closing.${reason as ClosingReason}`)})` : '');
  };
  const priority = (value: string | null | undefined) => (value && /^[1-4]$/.test(value) ? t(`priority.p${value as '1'}`) : (value ?? ''));
  let what: string;
  switch (change.change) {
    case 'created':
      what = t('alerts.change.created');
      break;
    case 'status':
      what = t('alerts.change.status', { to: status(change.to) });
      break;
    case 'assignee':
      what = change.to ? t('alerts.change.assignee', { to: name(change.to) }) : t('alerts.change.unassigned');
      break;
    case 'priority':
      what = t('alerts.change.priority', { from: priority(change.from), to: priority(change.to) });
      break;
    case 'suppressed':
      what = t('alerts.change.suppressed', { to: change.to ?? '' });
      break;
    case 'suppression-ended':
      what = t('alerts.change.suppressionEnded');
      break;
    case 'response':
      what = t('alerts.change.response', { to: change.to ?? '' });
      break;
    case 'amended':
    case 'retracted':
      what = t(`alerts.change.${change.change}`, { to: change.to ?? '' });
      break;
    default:
      what = [change.change, change.from, change.to].filter(Boolean).join(' → ');
  }
  return (
    <span>
      <b>{who}</b> {what}
    </span>
  );
}
