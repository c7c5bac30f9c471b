import { Button, Modal, PasswordInput, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import type { Account, Role } from '@/api/types';
import { usePreferences } from '@/shared/preferences';
import { formatTime } from '@/shared/time/format';
import { Failure, Loading } from '@/shared/ui/states';
import classes from './AccountsDialog.module.css';
import { shortestPassword } from './PasswordDialog';
import { useUser } from './session';

const roles: readonly Role[] = ['admin', 'analyst', 'viewer'];
const knownActions = ['user-created', 'user-changed', 'user-disabled', 'user-enabled', 'password-changed', 'password-reset', 'signed-in', 'token-created', 'token-deleted'] as const;

/** Accounts for administrators: make, change the role, disable, set a password; and what happened to them. */
export function AccountsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const me = useUser();
  const queryClient = useQueryClient();
  const [resetting, setResetting] = useState<Account | null>(null);
  const accounts = useQuery({ queryKey: ['accounts'], queryFn: api.accounts });
  const audit = useQuery({ queryKey: ['accounts', 'audit'], queryFn: api.audit });
  const refresh = () => Promise.all([queryClient.invalidateQueries({ queryKey: ['accounts'] }), queryClient.invalidateQueries({ queryKey: ['users'] })]);
  const change = useMutation({
    mutationFn: ({ id, ...patch }: { id: string; role?: Role; disabled?: boolean }) => api.patchAccount(id, patch),
    onSuccess: refresh,
  });
  const roleChoices = roles.map((role) => ({ value: role, label: t(`accounts.roles.${role}`) }));
  const action = (name: string) => {
    const known = knownActions.find((one) => one === name);
    return known ? t(`accounts.actions.${known}`) : name;
  };

  return (
    <Modal opened onClose={onClose} title={t('accounts.title')} size={860}>
      <p className={classes.text}>{t('accounts.text')}</p>
      <NewAccount roles={roleChoices} onMade={refresh} />
      {change.error ? <Failure error={change.error} compact /> : null}
      {accounts.isPending ? <Loading rows={3} /> : accounts.error ? <Failure error={accounts.error} retry={() => void accounts.refetch()} /> : null}
      {accounts.data ? (
        <table className={classes.table} data-testid="account-list">
          <thead>
            <tr>
              <th>{t('accounts.login')}</th>
              <th>{t('accounts.name')}</th>
              <th>{t('accounts.role')}</th>
              <th>{t('accounts.state')}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {accounts.data.items.map((account) => (
              <tr key={account.id} data-disabled={account.disabled || undefined}>
                <td>{account.login}</td>
                <td>{account.name}</td>
                <td>
                  <Select
                    size="xs"
                    aria-label={`${t('accounts.role')}: ${account.login}`}
                    value={account.role}
                    data={roleChoices}
                    allowDeselect={false}
                    onChange={(role) => role && role !== account.role && change.mutate({ id: account.id, role: role as Role })}
                  />
                </td>
                <td>{account.disabled ? t('accounts.disabled') : t('accounts.enabled')}</td>
                <td>
                  {account.id === me?.id ? null : (
                    <div className={classes.actions}>
                      <Button size="compact-xs" variant="default" onClick={() => setResetting(account)}>
                        {t('accounts.reset')}
                      </Button>
                      <Button size="compact-xs" variant="default" onClick={() => change.mutate({ id: account.id, disabled: !account.disabled })}>
                        {account.disabled ? t('accounts.enable') : t('accounts.disable')}
                      </Button>
                    </div>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {resetting ? <ResetPassword key={resetting.id} account={resetting} onDone={() => void refresh().then(() => setResetting(null))} onCancel={() => setResetting(null)} /> : null}
      {audit.data && audit.data.items.length > 0 ? (
        <>
          <h3 className={classes.head}>{t('accounts.audit')}</h3>
          <ol className={classes.audit}>
            {audit.data.items.map((entry) => (
              <li key={entry.id}>
                <time className="mono">{formatTime(entry.time, zone)}</time>
                <span>
                  <b>{entry.actor}</b> {action(entry.action)}
                  {entry.subject === entry.actor ? '' : ` ${entry.subject}`}
                  {entry.detail && entry.action !== 'token-deleted' ? ` (${entry.detail})` : ''}
                </span>
              </li>
            ))}
          </ol>
        </>
      ) : null}
    </Modal>
  );
}

function NewAccount({ roles: choices, onMade }: { roles: { value: Role; label: string }[]; onMade: () => Promise<unknown> }) {
  const { t } = useTranslation();
  const [login, setLogin] = useState('');
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('analyst');
  const [password, setPassword] = useState('');
  const create = useMutation({
    mutationFn: () => api.createAccount({ login: login.trim(), role, password, ...(name.trim() ? { name: name.trim() } : {}) }),
    onSuccess: () => {
      setLogin('');
      setName('');
      setPassword('');
      return onMade();
    },
  });
  return (
    <>
      <form
        className={classes.form}
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <TextInput label={t('accounts.login')} value={login} onChange={(event) => setLogin(event.currentTarget.value)} maxLength={100} data-autofocus />
        <TextInput label={t('accounts.name')} value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={200} />
        <Select label={t('accounts.role')} value={role} onChange={(value) => setRole((value ?? 'analyst') as Role)} data={choices} allowDeselect={false} />
        <PasswordInput label={t('accounts.password')} placeholder={t('password.rule')} autoComplete="new-password" value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
        <Button type="submit" disabled={!login.trim() || password.length < shortestPassword} loading={create.isPending}>
          {t('accounts.create')}
        </Button>
      </form>
      {create.error ? <Failure error={create.error} compact /> : null}
    </>
  );
}

function ResetPassword({ account, onDone, onCancel }: { account: Account; onDone: () => void; onCancel: () => void }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState('');
  const set = useMutation({ mutationFn: () => api.patchAccount(account.id, { password }), onSuccess: onDone });
  return (
    <form
      className={classes.reset}
      onSubmit={(event) => {
        event.preventDefault();
        set.mutate();
      }}
    >
      <PasswordInput label={t('accounts.resetFor', { login: account.login })} placeholder={t('password.rule')} autoComplete="new-password" value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
      <Button type="submit" disabled={password.length < shortestPassword} loading={set.isPending}>
        {t('accounts.save')}
      </Button>
      <Button variant="default" onClick={onCancel}>
        {t('accounts.cancel')}
      </Button>
      {set.error ? <Failure error={set.error} compact /> : null}
    </form>
  );
}
