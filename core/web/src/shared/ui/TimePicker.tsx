import { Button, Popover, SegmentedControl, TextInput, UnstyledButton } from '@mantine/core';
import { IconCalendarTime, IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { setPreference, usePreferences } from '@/shared/preferences';
import { formatTime } from '@/shared/time/format';
import { absolute, isRelative, parseMoment, parseRange, presets, resolve, type Range, type Zone } from '@/shared/time/range';
import classes from './TimePicker.module.css';

/** The words for a range: a preset's name, else its two sides. */
export function useRangeText(): (range: Range, zone: Zone) => string {
  const { t } = useTranslation();
  return (range, zone) => {
    const preset = presets.findIndex((one) => one.from === range.from && one.to === range.to);
    if (preset >= 0) return t(`time.preset${preset as 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7}`);
    const side = (text: string) => {
      if (/^now/.test(text)) return text;
      const moment = parseMoment(text, Date.now(), zone);
      return moment === null ? text : formatTime(moment, zone, moment % 60_000 === 0 ? 'minute' : 'second');
    };
    return `${side(range.from)} → ${side(range.to)}`;
  };
}

export function TimePicker({ range, onChange }: { range: Range; onChange: (range: Range) => void }) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const rangeText = useRangeText();
  const [opened, setOpened] = useState(false);
  const [text, setText] = useState('');
  const [sides, setSides] = useState({ from: '', to: '' });
  const [now, setNow] = useState(() => Date.now());
  const parsed = text.trim() ? parseRange(text, now, zone) : null;
  const typedAbsolute = parseRange(`${sides.from} to ${sides.to}`, now, zone);

  const open = () => {
    setNow(Date.now());
    const bounds = resolve(range, Date.now(), zone);
    setText('');
    setSides(bounds ? { from: formatTime(bounds.from, zone), to: formatTime(bounds.to, zone) } : { from: '', to: '' });
    setOpened(true);
  };
  const choose = (next: Range) => {
    onChange(next);
    setOpened(false);
  };

  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="default"
          size="xs"
          className={classes.button}
          leftSection={<IconCalendarTime size={15} />}
          rightSection={<IconChevronDown size={13} />}
          onClick={() => (opened ? setOpened(false) : open())}
          data-testid="time-picker"
          title={t('time.title')}
        >
          <span>{rangeText(range, zone)}</span>
          <span className={classes.zone}>{zone === 'utc' ? 'UTC' : t('time.localShort')}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={classes.dropdown} aria-label={t('time.title')}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (parsed) choose(parsed);
          }}
        >
          <TextInput
            label={t('time.free')}
            placeholder="now-24h · yesterday · 2026-11-01 12:00/30m"
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            error={text.trim() && !parsed ? t('time.notUnderstood') : undefined}
            data-autofocus
            data-testid="time-text"
          />
        </form>
        <div className={classes.presets}>
          {presets.map((preset, index) => (
            <UnstyledButton
              key={preset.from + preset.to}
              className={classes.preset}
              data-active={preset.from === range.from && preset.to === range.to ? true : undefined}
              onClick={() => choose(preset)}
            >
              {t(`time.preset${index as 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7}`)}
            </UnstyledButton>
          ))}
        </div>
        <form
          className={classes.absolute}
          onSubmit={(event) => {
            event.preventDefault();
            const bounds = typedAbsolute && resolve(typedAbsolute, Date.now(), zone);
            if (bounds) choose(isRelative(typedAbsolute) ? typedAbsolute : absolute(bounds.from, bounds.to));
          }}
        >
          <TextInput label={t('time.from')} value={sides.from} onChange={(event) => setSides({ ...sides, from: event.currentTarget.value })} />
          <TextInput label={t('time.to')} value={sides.to} onChange={(event) => setSides({ ...sides, to: event.currentTarget.value })} />
          <Button type="submit" disabled={!typedAbsolute}>
            {t('time.apply')}
          </Button>
        </form>
        <SegmentedControl
          size="xs"
          fullWidth
          value={zone}
          onChange={(value) => setPreference('zone', value === 'local' ? 'local' : 'utc')}
          data={[
            { value: 'utc', label: 'UTC' },
            { value: 'local', label: t('time.local', { zone: Intl.DateTimeFormat().resolvedOptions().timeZone }) },
          ]}
        />
      </Popover.Dropdown>
    </Popover>
  );
}
