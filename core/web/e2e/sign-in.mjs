// Signing in: a wrong password is refused with words, a right one leads back to the page that was asked for, signing out ends it.
import { base, flow, until } from './browser.mjs';

const login = process.env.TOCSIN_LOGIN ?? 'admin';
const password = process.env.TOCSIN_PASSWORD ?? 'tocsin';

await flow('sign-in', {}, [
  ['a page needs a session', async (page) => {
    await page.goto(`${base}/health?tab=rules`);
    await page.waitForURL(/\/sign-in\?to=/);
  }],
  ['a wrong password is refused with words', async (page) => {
    await page.fill('input[name=login]', login);
    await page.fill('input[name=password]', `${password}-not`);
    await page.click('button[type=submit]');
    await page.waitForSelector('[role=alert]');
  }],
  ['the right one leads back to the page', async (page) => {
    await page.fill('input[name=password]', password);
    await page.click('button[type=submit]');
    await page.waitForURL(/\/health\?tab=rules/);
  }],
  ['the other language and theme are remembered', async (page) => {
    await page.click('[data-testid=user-menu]');
    await page.click('[data-testid=language]');
    await until('the page is not in Russian', () => page.locator('html').getAttribute('lang'), (lang) => lang === 'ru');
    await page.reload();
    await page.waitForSelector('text=Состояние');
    await page.click('[data-testid=user-menu]');
    await page.click('[data-testid=language]');
    await until('the page is not in English', () => page.locator('html').getAttribute('lang'), (lang) => lang === 'en');
  }],
  ['signing out ends the session', async (page) => {
    await page.click('[data-testid=user-menu]');
    await page.click('[data-testid=sign-out]');
    await page.waitForURL(/\/sign-in/);
    await page.goto(`${base}/events`);
    await page.waitForURL(/\/sign-in/);
  }],
]);
