import { notifications } from '@mantine/notifications';
import i18n from 'i18next';

export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    notifications.show({ message: i18n.t('common.copied'), autoClose: 1500 });
  } catch {
    notifications.show({ message: i18n.t('common.copyFailed'), color: 'red' });
  }
}
