import { useRef } from 'react';
import classes from './Resizer.module.css';

interface Props {
  label: string;
  size: number;
  minimum: number;
  maximum: number;
  /** `end` when the sized panel is to the right of the handle. */
  side?: 'start' | 'end';
  onResize: (size: number) => void;
}

/** A handle between two panels: drag, or the arrow keys when focused. */
export function Resizer({ label, size, minimum, maximum, side = 'start', onResize }: Props) {
  const start = useRef<{ x: number; size: number } | null>(null);
  const clamp = (value: number) => Math.round(Math.min(maximum, Math.max(minimum, value)));
  const sign = side === 'start' ? 1 : -1;
  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={size}
      aria-valuemin={minimum}
      aria-valuemax={maximum}
      tabIndex={0}
      className={classes.handle}
      onPointerDown={(event) => {
        start.current = { x: event.clientX, size };
        event.currentTarget.setPointerCapture(event.pointerId);
        event.preventDefault();
      }}
      onPointerMove={(event) => {
        if (start.current) onResize(clamp(start.current.size + sign * (event.clientX - start.current.x)));
      }}
      onPointerUp={() => (start.current = null)}
      onKeyDown={(event) => {
        const step = event.key === 'ArrowRight' ? 16 : event.key === 'ArrowLeft' ? -16 : 0;
        if (step) {
          event.preventDefault();
          onResize(clamp(size + sign * step));
        }
      }}
    />
  );
}
