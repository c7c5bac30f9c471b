import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';

const hour = 3_600_000;
const day = 24 * hour;

export const exceptionLifetimes: readonly number[] = [day, 7 * day, 30 * day, 90 * day, 365 * day];
export const suppressionLifetimes: readonly number[] = [hour, 8 * hour, day, 7 * day, 30 * day];

interface Props {
  label: string;
  /** Milliseconds. */
  value: string;
  choices: readonly number[];
  onChange: (value: string) => void;
}

/** How long something lasts: what keeps alerts away always has an end. */
export function Lifetime({ label, value, choices, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <Select
      label={label}
      value={value}
      onChange={(next) => next && onChange(next)}
      data={choices.map((millis) => ({ value: String(millis), label: millis < day ? t('common.hours', { count: millis / hour }) : t('common.days', { count: millis / day }) }))}
      allowDeselect={false}
      data-testid="lifetime"
    />
  );
}
