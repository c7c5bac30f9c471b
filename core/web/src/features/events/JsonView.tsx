import { useMemo } from 'react';
import classes from './EventDetail.module.css';

const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Indented JSON with coloured keys and values. */
export function JsonView({ value }: { value: unknown }) {
  const parts = useMemo(() => {
    const text = JSON.stringify(value, null, 2);
    const out: React.ReactNode[] = [];
    let last = 0;
    for (const match of text.matchAll(token)) {
      out.push(text.slice(last, match.index));
      const name = match[2] ? classes.key : match[1] ? classes.string : match[3] ? classes.constant : classes.number;
      out.push(
        <span key={match.index} className={name}>
          {match[1] ?? match[0]}
        </span>,
      );
      if (match[2]) out.push(match[2]);
      last = match.index + match[0].length;
    }
    out.push(text.slice(last));
    return out;
  }, [value]);
  return <pre className={classes.json}>{parts}</pre>;
}
