import { Menu, UnstyledButton } from '@mantine/core';
import { IconKey, IconLanguage, IconLock, IconLogout, IconUsers } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import { useUser } from '@/features/session/session';
import { setLanguage } from '@/i18n';
import { setPreference, usePreferences } from '@/shared/preferences';
import classes from './UserMenu.module.css';

const TokensDialog = lazy(() => import('@/features/session/TokensDialog').then((module) => ({ default: module.TokensDialog })));

const PasswordDialog = lazy(() => import('@/features/session/PasswordDialog').then((module) => ({ default: module.PasswordDialog })));
const AccountsDialog = lazy(() => import('@/features/session/AccountsDialog').then((module) => ({ default: module.AccountsDialog })));

export function initials(name: string): string {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  return ((words[0]?.[0] ?? '?') + (words[1]?.[0] ?? '')).toUpperCase();
}

export function UserMenu() {
  const { t } = useTranslation();
  const user = useUser();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { language } = usePreferences();
  const [dialog, setDialog] = useState<'tokens' | 'password' | 'accounts' | null>(null);
  const close = () => setDialog(null);
  const name = user?.name || user?.login || '';

  const signOut = async () => {
    await api.signOut().catch(() => undefined);
    queryClient.clear();
    await navigate({ to: '/sign-in', search: {} });
  };
  const toggleLanguage = () => {
    const next = language === 'en' ? 'ru' : 'en';
    setPreference('language', next);
    void setLanguage(next);
  };

  return (
    <>
      <Menu position="right-end" width={220}>
        <Menu.Target>
          <UnstyledButton className={classes.avatar} aria-label={t('user.menu', { name })} title={name} data-testid="user-menu">
            {initials(name)}
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <div className={classes.who}>
            <strong>{name}</strong>
            <span>{[user?.login, user?.role].filter(Boolean).join(' · ')}</span>
          </div>
          <Menu.Divider />
          <Menu.Item leftSection={<IconKey size={15} />} onClick={() => setDialog('tokens')}>
            {t('user.tokens')}
          </Menu.Item>
          <Menu.Item leftSection={<IconLock size={15} />} onClick={() => setDialog('password')} data-testid="password">
            {t('user.password')}
          </Menu.Item>
          {user?.role === 'admin' ? (
            <Menu.Item leftSection={<IconUsers size={15} />} onClick={() => setDialog('accounts')} data-testid="accounts">
              {t('user.accounts')}
            </Menu.Item>
          ) : null}
          <Menu.Item leftSection={<IconLanguage size={15} />} onClick={toggleLanguage} data-testid="language">
            {language === 'en' ? 'Русский' : 'English'}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconLogout size={15} />} onClick={() => void signOut()} data-testid="sign-out">
            {t('user.signOut')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Suspense fallback={null}>
        {dialog === 'tokens' ? <TokensDialog onClose={close} /> : null}
        {dialog === 'password' ? <PasswordDialog onClose={close} /> : null}
        {dialog === 'accounts' ? <AccountsDialog onClose={close} /> : null}
      </Suspense>
    </>
  );
}
