import { ActionIcon, Button, CopyButton, Modal, Select, TextInput } from '@mantine/core';
import { IconCheck, IconCopy, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import { usePreferences } from '@/shared/preferences';
import { formatTime } from '@/shared/time/format';
import { Empty, Failure, Loading } from '@/shared/ui/states';
import classes from './TokensDialog.module.css';

const lifetimes = ['30', '90', '365', '0'] as const;

/** Personal tokens: the secret is shown once, right after it was made. */
export function TokensDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const queryClient = useQueryClient();
  const [name, setName] = useState('');
  const [days, setDays] = useState<string>('90');
  const tokens = useQuery({ queryKey: ['tokens'], queryFn: api.tokens });
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['tokens'] });
  const create = useMutation({
    mutationFn: () => api.createToken(name.trim(), days === '0' ? null : Date.now() + Number(days) * 86_400_000),
    onSuccess: () => {
      setName('');
      return refresh();
    },
  });
  const revoke = useMutation({ mutationFn: api.revokeToken, onSuccess: refresh });
  const secret = create.data?.token ?? create.data?.secret;
  const time = (moment: number | null) => (moment ? formatTime(moment, zone, 'minute') : '—');

  return (
    <Modal opened onClose={onClose} title={t('tokens.title')} size={680}>
      <p className={classes.text}>{t('tokens.text')}</p>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <TextInput label={t('tokens.name')} value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={100} data-autofocus />
        <Select
          label={t('tokens.lifetime')}
          value={days}
          onChange={(value) => setDays(value ?? '90')}
          data={lifetimes.map((value) => ({ value, label: value === '0' ? t('tokens.forever') : t('tokens.days', { count: Number(value) }) }))}
          allowDeselect={false}
        />
        <Button type="submit" disabled={!name.trim()} loading={create.isPending}>
          {t('tokens.create')}
        </Button>
      </form>
      {create.error ? <Failure error={create.error} compact /> : null}
      {secret ? (
        <div className={classes.secret}>
          <div>{t('tokens.once')}</div>
          <div className={classes.secretLine}>
            <code className="mono">{secret}</code>
            <CopyButton value={secret}>
              {({ copied, copy }) => (
                <ActionIcon aria-label={t('common.copy')} onClick={copy}>
                  {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
                </ActionIcon>
              )}
            </CopyButton>
          </div>
        </div>
      ) : null}
      {tokens.isPending ? <Loading rows={3} /> : tokens.error ? <Failure error={tokens.error} retry={() => void tokens.refetch()} /> : null}
      {tokens.data?.items.length === 0 ? <Empty title={t('tokens.none')} /> : null}
      {tokens.data && tokens.data.items.length > 0 ? (
        <table className={classes.table}>
          <thead>
            <tr>
              <th>{t('tokens.name')}</th>
              <th>{t('tokens.created')}</th>
              <th>{t('tokens.expires')}</th>
              <th>{t('tokens.used')}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {tokens.data.items.map((token) => (
              <tr key={token.id}>
                <td>{token.name}</td>
                <td>{time(token.createdAt)}</td>
                <td>{time(token.expiresAt)}</td>
                <td>{time(token.lastUsedAt)}</td>
                <td>
                  <ActionIcon aria-label={t('tokens.revoke', { name: token.name })} title={t('tokens.revoke', { name: token.name })} onClick={() => revoke.mutate(token.id)}>
                    <IconTrash size={15} />
                  </ActionIcon>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </Modal>
  );
}
