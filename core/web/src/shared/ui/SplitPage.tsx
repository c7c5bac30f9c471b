import { TextInput, UnstyledButton } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { formatCount } from '@/shared/number';
import { Resizer } from './Resizer';
import classes from './SplitPage.module.css';

interface Props {
  title: string;
  /** Name of the list for those who do not see it. */
  label: string;
  /** How many there are. */
  count: string;
  /** Behind the title, at the right edge. */
  aside?: ReactNode;
  /** Above the list, below the title. */
  tools: ReactNode;
  list: ReactNode;
  width: number;
  resizeLabel: string;
  onResize: (width: number) => void;
  /** What is chosen in the list. */
  children: ReactNode;
}

/** A list on the left whose width a person sets, and what is chosen in it on the right. */
export function SplitPage({ title, label, count, aside, tools, list, width, resizeLabel, onResize, children }: Props) {
  return (
    <div className={classes.page}>
      <section className={classes.left} style={{ width }} aria-label={label}>
        <header className={classes.header}>
          <h1>{title}</h1>
          <span className={classes.muted}>{count}</span>
          {aside ? <div className={classes.aside}>{aside}</div> : null}
        </header>
        <div className={classes.tools}>{tools}</div>
        {list}
      </section>
      <Resizer label={resizeLabel} size={width} minimum={400} maximum={860} onResize={onResize} />
      <div className={classes.right}>{children}</div>
    </div>
  );
}

/** The search field of a list; `/` goes there. */
export function ListSearch({ label, value, onChange }: { label: string; value: string | undefined; onChange: (value: string | undefined) => void }) {
  return <TextInput leftSection={<IconSearch size={14} />} placeholder={label} aria-label={label} value={value ?? ''} onChange={(event) => onChange(event.currentTarget.value || undefined)} data-search />;
}

interface ChipsProps<T extends string> {
  label: string;
  choices: readonly { value: T; label: string; count: number }[];
  chosen: string | undefined;
  onChoose: (value: T | undefined) => void;
}

/** Which of a list are shown; a second click shows all again. */
export function Chips<T extends string>({ label, choices, chosen, onChoose }: ChipsProps<T>) {
  return (
    <div className={classes.chips} role="group" aria-label={label}>
      {choices.map((choice) => (
        <UnstyledButton key={choice.value} className={classes.chip} aria-pressed={chosen === choice.value} onClick={() => onChoose(chosen === choice.value ? undefined : choice.value)} data-testid={`only-${choice.value}`}>
          {choice.label} <b>{formatCount(choice.count)}</b>
        </UnstyledButton>
      ))}
    </div>
  );
}
