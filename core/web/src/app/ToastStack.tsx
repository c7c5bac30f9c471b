import { Notifications } from '@mantine/notifications';

/** Draws the short messages. A module of its own, so that their store alone is in the first script (`Toasts.tsx`). */
export function ToastStack() {
  return <Notifications position="bottom-right" limit={4} />;
}
