import i18n from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en };
  }
}

export type Language = 'en' | 'ru';

/** English is in the first script; another language is fetched when it is chosen. */
async function load(language: Language): Promise<void> {
  if (language === 'ru' && !i18n.hasResourceBundle('ru', 'translation')) {
    i18n.addResourceBundle('ru', 'translation', (await import('./ru')).ru);
  }
}

export async function startTranslations(language: Language): Promise<void> {
  await i18n.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
  });
  await setLanguage(language);
}

export async function setLanguage(language: Language): Promise<void> {
  await load(language);
  await i18n.changeLanguage(language);
  document.documentElement.lang = language;
}
