import { Button, Modal, PasswordInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import { Failure } from '@/shared/ui/states';
import classes from './AccountsDialog.module.css';

export const shortestPassword = 12;

/** One's own password. The server signs out all other browsers. */
export function PasswordDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const change = useMutation({
    mutationFn: () => api.changePassword(current, next),
    onSuccess: () => {
      notifications.show({ message: t('password.done') });
      onClose();
    },
  });
  const differs = again !== '' && again !== next;

  return (
    <Modal opened onClose={onClose} title={t('password.title')} size={420}>
      <p className={classes.text}>{t('password.text')}</p>
      <form
        className={classes.fields}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <PasswordInput label={t('password.current')} autoComplete="current-password" value={current} onChange={(event) => setCurrent(event.currentTarget.value)} data-autofocus />
        <PasswordInput label={t('password.next')} description={t('password.rule')} autoComplete="new-password" value={next} onChange={(event) => setNext(event.currentTarget.value)} />
        <PasswordInput label={t('password.repeat')} autoComplete="new-password" error={differs ? t('password.differs') : undefined} value={again} onChange={(event) => setAgain(event.currentTarget.value)} />
        {change.error ? <Failure error={change.error} compact /> : null}
        <Button type="submit" disabled={!current || next.length < shortestPassword || next !== again} loading={change.isPending}>
          {t('password.change')}
        </Button>
      </form>
    </Modal>
  );
}
