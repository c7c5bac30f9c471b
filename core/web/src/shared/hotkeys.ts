import { useEffect, useRef } from 'react';

export type Hotkeys = Record<string, (event: KeyboardEvent) => void>;

/** How long the second key of a sequence such as `g e` may take. */
const sequenceMillis = 1200;
let pending: number | null = null;

/** Whether keys belong to what is focused: an input, an editor, an open dialog or menu. */
function typing(event: KeyboardEvent): boolean {
  // The query editor lives in a shadow root; only the path knows what really has the focus.
  const target = event.composedPath()[0];
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.closest('[role="dialog"],[role="menu"],[role="listbox"]') !== null;
}

function nameOf(event: KeyboardEvent): string {
  const key = event.key === ' ' ? 'Space' : event.key;
  return event.ctrlKey || event.metaKey ? `Mod+${key.toLowerCase()}` : key;
}

/**
 * Binds keys for as long as the component lives: `j`, `Enter`, `Mod+k`, `g e`. Keys with Mod work everywhere, others only when nothing that
 * takes text is focused.
 */
export function useHotkeys(hotkeys: Hotkeys, enabled = true): void {
  const latest = useRef(hotkeys);
  useEffect(() => {
    latest.current = hotkeys;
  });
  useEffect(() => {
    if (!enabled) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey) return;
      const name = nameOf(event);
      if (!name.startsWith('Mod+') && typing(event)) return;
      const sequence = pending !== null && name !== 'g' && event.timeStamp - pending < sequenceMillis ? `g ${name}` : null;
      const handler = sequence ? latest.current[sequence] : latest.current[name];
      if (handler) {
        event.preventDefault();
        handler(event);
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [enabled]);
}

// The document sees a key before the window does: it notes the `g` that begins a sequence and forgets it after the next key.
if (typeof document !== 'undefined') {
  document.addEventListener('keydown', (event) => {
    if (event.key === 'g' && !event.ctrlKey && !event.metaKey && !typing(event)) pending = event.timeStamp;
    else if (event.key !== 'Shift') setTimeout(() => (pending = null), 0);
  });
}
