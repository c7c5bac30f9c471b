import { Button, PasswordInput, TextInput } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { isProblem } from '@/api/client';
import { api } from '@/api/endpoints';
import { Logo } from '@/app/Logo';
import { setLanguage } from '@/i18n';
import { setPreference, usePreferences } from '@/shared/preferences';
import { sessionQuery } from './session';
import classes from './SignInPage.module.css';

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const { t } = useTranslation();
  const { to } = route.useSearch();
  const router = useRouter();
  const queryClient = useQueryClient();
  const { language } = usePreferences();
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const passwordField = useRef<HTMLInputElement>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const session = await api.signIn(login.trim(), password);
      queryClient.clear();
      queryClient.setQueryData(sessionQuery.queryKey, session);
      router.history.push(to ?? '/events');
    } catch (failure) {
      setPassword('');
      passwordField.current?.focus();
      setError(messageOf(failure));
      setBusy(false);
    }
  };

  const messageOf = (failure: unknown): string => {
    if (isProblem(failure, 401)) return t('signIn.wrong');
    if (isProblem(failure, 429)) return t('signIn.tooMany', { seconds: failure.retryAfterSeconds ?? 60 });
    if (isProblem(failure, 0)) return t('states.unreachableText');
    return isProblem(failure) ? failure.detail || failure.title : String(failure);
  };

  return (
    <div className={classes.page}>
      <form className={classes.card} onSubmit={(event) => void submit(event)} aria-labelledby="sign-in-title">
        <div className={classes.brand}>
          <Logo size={52} />
          <h1 id="sign-in-title">Tocsin</h1>
        </div>
        <TextInput
          size="sm"
          label={t('signIn.login')}
          name="login"
          autoComplete="username"
          autoFocus
          required
          value={login}
          onChange={(event) => setLogin(event.currentTarget.value)}
          withAsterisk={false}
        />
        <PasswordInput
          size="sm"
          label={t('signIn.password')}
          name="password"
          ref={passwordField}
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          withAsterisk={false}
        />
        {error ? (
          <p className={classes.error} role="alert">
            <IconAlertTriangle size={16} /> <span>{error}</span>
          </p>
        ) : null}
        <Button type="submit" size="sm" fullWidth loading={busy} disabled={!login || !password}>
          {t('signIn.submit')}
        </Button>
        <p className={classes.hint}>{t('signIn.hint')}</p>
      </form>
      <button
        type="button"
        className={classes.language}
        onClick={() => {
          const next = language === 'en' ? 'ru' : 'en';
          setPreference('language', next);
          void setLanguage(next);
        }}
      >
        {language === 'en' ? 'Русский' : 'English'}
      </button>
    </div>
  );
}
