import { useNotifications } from '@mantine/notifications';
import { lazy, Suspense, useState } from 'react';

const ToastStack = lazy(() => import('./ToastStack').then((module) => ({ default: module.ToastStack })));

/** Where short messages appear. What draws them is fetched for the first one, which waits in their store until then. */
export function Toasts() {
  const waiting = useNotifications().notifications.length > 0;
  const [begun, setBegun] = useState(false);
  if (waiting && !begun) setBegun(true);
  return begun ? (
    <Suspense>
      <ToastStack />
    </Suspense>
  ) : null;
}
