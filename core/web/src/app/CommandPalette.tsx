import { Modal, TextInput } from '@mantine/core';
import {
  IconBellRinging, IconBolt, IconClock, IconGavel, IconHeartbeat, IconKeyboard, IconLanguage, IconListDetails, IconListSearch, IconMoon, IconPlugConnected, IconSearch, IconTerminal2, IconUserCheck,
} from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useRef, useState, type ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import { setLanguage } from '@/i18n';
import { setPreference, usePreferences } from '@/shared/preferences';
import classes from './CommandPalette.module.css';

interface Command {
  label: string;
  hint?: string;
  icon: ComponentType<{ size?: number; stroke?: number }>;
  run: () => void;
}

export function CommandPalette({ onClose, onShortcuts }: { onClose: () => void; onShortcuts: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { theme, language, zone } = usePreferences();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const list = useRef<HTMLDivElement>(null);

  const commands = useMemo<Command[]>(
    () => [
      { label: t('palette.events'), hint: 'g e', icon: IconListSearch, run: () => void navigate({ to: '/events' }) },
      { label: t('palette.alerts'), hint: 'g a', icon: IconBellRinging, run: () => void navigate({ to: '/alerts' }) },
      { label: t('palette.mine'), icon: IconUserCheck, run: () => void navigate({ to: '/alerts', search: { assignee: 'me', status: 'new,assigned' } }) },
      { label: t('palette.critical'), icon: IconBellRinging, run: () => void navigate({ to: '/alerts', search: { priority: '4,3' } }) },
      { label: t('palette.sources'), hint: 'g s', icon: IconPlugConnected, run: () => void navigate({ to: '/sources' }) },
      { label: t('palette.health'), hint: 'g h', icon: IconHeartbeat, run: () => void navigate({ to: '/health' }) },
      { label: t('palette.ledger'), icon: IconHeartbeat, run: () => void navigate({ to: '/health' }) },
      { label: t('palette.rules'), icon: IconGavel, run: () => void navigate({ to: '/rules' }) },
      { label: t('palette.responses'), hint: 'g p', icon: IconBolt, run: () => void navigate({ to: '/responses' }) },
      { label: t('palette.lists'), hint: 'g l', icon: IconListDetails, run: () => void navigate({ to: '/lists' }) },
      { label: t('palette.sql'), icon: IconTerminal2, run: () => void navigate({ to: '/events', search: { mode: 'sql' } }) },
      { label: t('palette.hits'), icon: IconListSearch, run: () => void navigate({ to: '/events', search: { f: ['Type=3'] } }) },
      { label: t('palette.theme'), icon: IconMoon, run: () => setPreference('theme', theme === 'dark' ? 'light' : 'dark') },
      {
        label: language === 'en' ? 'Русский язык' : 'English language',
        icon: IconLanguage,
        run: () => {
          setPreference('language', language === 'en' ? 'ru' : 'en');
          void setLanguage(language === 'en' ? 'ru' : 'en');
        },
      },
      { label: zone === 'utc' ? t('palette.local') : t('palette.utc'), icon: IconClock, run: () => setPreference('zone', zone === 'utc' ? 'local' : 'utc') },
      { label: t('palette.shortcuts'), hint: '?', icon: IconKeyboard, run: onShortcuts },
    ],
    [t, navigate, theme, language, zone, onShortcuts],
  );

  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = commands.filter((command) => words.every((word) => command.label.toLowerCase().includes(word)));
  if (text.trim()) {
    found.push({ label: t('palette.searchEvents', { text: text.trim() }), icon: IconSearch, run: () => void navigate({ to: '/events', search: { q: text.trim() } }) });
    found.push({ label: t('palette.searchAlerts', { text: text.trim() }), icon: IconSearch, run: () => void navigate({ to: '/alerts', search: { q: text.trim() } }) });
  }
  const active = Math.min(chosen, found.length - 1);
  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const move = (to: number) => {
    const next = (to + found.length) % found.length;
    setChosen(next);
    list.current?.children[next]?.scrollIntoView({ block: 'nearest' });
  };

  return (
    <Modal opened onClose={onClose} withCloseButton={false} padding={0} size={560} yOffset="12vh" centered={false} aria-label={t('palette.title')}>
      <TextInput
        variant="unstyled"
        className={classes.input}
        leftSection={<IconSearch size={16} />}
        placeholder={t('palette.placeholder')}
        aria-label={t('palette.title')}
        value={text}
        data-autofocus
        data-testid="palette"
        onChange={(event) => {
          setText(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') move(active + 1);
          else if (event.key === 'ArrowUp') move(active - 1);
          else if (event.key === 'Enter') run(found[active]);
          else return;
          event.preventDefault();
        }}
      />
      <div ref={list} role="listbox" aria-label={t('palette.title')} className={classes.list}>
        {found.map((command, index) => (
          <div
            key={command.label}
            role="option"
            aria-selected={index === active}
            className={classes.command}
            onClick={() => run(command)}
            onPointerMove={() => setChosen(index)}
          >
            <command.icon size={16} stroke={1.6} />
            <span>{command.label}</span>
            {command.hint ? <kbd>{command.hint}</kbd> : null}
          </div>
        ))}
      </div>
    </Modal>
  );
}
