import { ActionIcon, Tooltip, UnstyledButton } from '@mantine/core';
import { IconBellRinging, IconBolt, IconCommand, IconGavel, IconHeartbeat, IconKeyboard, IconListDetails, IconListSearch, IconMoon, IconPlugConnected, IconSun } from '@tabler/icons-react';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState, type ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import { useHotkeys } from '@/shared/hotkeys';
import { formatShort } from '@/shared/number';
import { setPreference, usePreferences } from '@/shared/preferences';
import { Loading } from '@/shared/ui/states';
import { Logo } from './Logo';
import classes from './Shell.module.css';
import { UserMenu } from './UserMenu';

const CommandPalette = lazy(() => import('./CommandPalette').then((module) => ({ default: module.CommandPalette })));
const Shortcuts = lazy(() => import('./Shortcuts').then((module) => ({ default: module.Shortcuts })));

export function Shell() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { theme } = usePreferences();
  const [palette, setPalette] = useState(false);
  const [shortcuts, setShortcuts] = useState(false);
  const counts = useQuery({
    queryKey: ['alerts', 'counts'],
    queryFn: ({ signal }) => api.alerts({ status: ['new'], limit: 1 }, signal),
    refetchInterval: 20_000,
    select: (page) => page.counts,
  });
  const toggleTheme = () => setPreference('theme', theme === 'dark' ? 'light' : 'dark');

  useHotkeys({
    'Mod+k': () => setPalette(true),
    '?': () => setShortcuts(true),
    'g e': () => void navigate({ to: '/events' }),
    'g a': () => void navigate({ to: '/alerts' }),
    'g s': () => void navigate({ to: '/sources' }),
    'g r': () => void navigate({ to: '/rules' }),
    'g l': () => void navigate({ to: '/lists' }),
    'g p': () => void navigate({ to: '/responses' }),
    'g h': () => void navigate({ to: '/health' }),
    '/': () => {
      const editor = document.querySelector('[data-search] [data-editor]')?.shadowRoot?.querySelector<HTMLElement>('.cm-content');
      const search = editor ?? document.querySelector<HTMLElement>('input[data-search], [data-search] input');
      search?.focus();
    },
  });

  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#main">
        {t('nav.skip')}
      </a>
      <nav className={classes.rail} aria-label={t('nav.label')}>
        <Link to="/events" className={classes.logo} aria-label="Tocsin" title="Tocsin">
          <Logo size={32} />
        </Link>
        <NavItem to="/events" icon={IconListSearch} label={t('nav.events')} keys="g e" />
        <NavItem to="/alerts" icon={IconBellRinging} label={t('nav.alerts')} keys="g a" badge={counts.data?.new} />
        <NavItem to="/sources" icon={IconPlugConnected} label={t('nav.sources')} keys="g s" />
        <NavItem to="/rules" icon={IconGavel} label={t('nav.rules')} keys="g r" />
        <NavItem to="/lists" icon={IconListDetails} label={t('nav.lists')} keys="g l" />
        <NavItem to="/responses" icon={IconBolt} label={t('nav.responses')} keys="g p" />
        <NavItem to="/health" icon={IconHeartbeat} label={t('nav.health')} keys="g h" />
        <div className={classes.space} />
        <RailButton label={t('nav.palette')} keys="Ctrl K" onClick={() => setPalette(true)} icon={IconCommand} />
        <RailButton label={t('nav.shortcuts')} keys="?" onClick={() => setShortcuts(true)} icon={IconKeyboard} />
        <RailButton label={theme === 'dark' ? t('nav.light') : t('nav.dark')} onClick={toggleTheme} icon={theme === 'dark' ? IconSun : IconMoon} />
        <UserMenu />
      </nav>
      <main id="main" className={classes.main}>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
      <Suspense fallback={null}>
        {palette ? <CommandPalette onClose={() => setPalette(false)} onShortcuts={() => setShortcuts(true)} /> : null}
        {shortcuts ? <Shortcuts onClose={() => setShortcuts(false)} /> : null}
      </Suspense>
    </div>
  );
}

interface NavItemProps {
  to: '/events' | '/alerts' | '/sources' | '/rules' | '/lists' | '/responses' | '/health';
  icon: ComponentType<{ size?: number; stroke?: number }>;
  label: string;
  keys: string;
  badge?: number;
}

function NavItem({ to, icon: Icon, label, keys, badge }: NavItemProps) {
  const active = useRouterState({ select: (state) => state.location.pathname.startsWith(to) });
  return (
    <Tooltip label={<>{label} <kbd>{keys}</kbd></>} position="right">
      <UnstyledButton component={Link} to={to} className={classes.item} data-active={active || undefined} aria-current={active ? 'page' : undefined}>
        <Icon size={20} stroke={1.6} />
        <span>{label}</span>
        {badge ? <span className={classes.badge}>{formatShort(badge)}</span> : null}
      </UnstyledButton>
    </Tooltip>
  );
}

interface RailButtonProps {
  label: string;
  keys?: string;
  icon: ComponentType<{ size?: number; stroke?: number }>;
  onClick: () => void;
}

function RailButton({ label, keys, icon: Icon, onClick }: RailButtonProps) {
  return (
    <Tooltip label={<>{label} {keys ? <kbd>{keys}</kbd> : null}</>} position="right">
      <ActionIcon aria-label={label} onClick={onClick} size={34}>
        <Icon size={18} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  );
}
