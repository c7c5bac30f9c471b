// Accounts: an administrator makes an analyst, who signs in, changes the password, and is locked out when disabled.
import { base, flow, openBrowser, signIn, until } from './browser.mjs';

const login = `flow-${Date.now()}`;
const first = 'first password 1';
const second = 'second password 2';
/** The development server knows one password only. */
const isMock = base.endsWith(':7400');

async function asAnalyst(password, work) {
  const { page, close } = await openBrowser();
  try {
    await page.goto(`${base}/sign-in`);
    await page.fill('input[name=login]', login);
    await page.fill('input[name=password]', password);
    await page.click('button[type=submit]');
    await work(page);
  } finally {
    await close();
  }
}

await flow('accounts', {}, [
  ['sign in', signIn],
  ['an account is made', async (page) => {
    await page.click('[data-testid=user-menu]');
    await page.click('[data-testid=accounts]');
    await page.waitForSelector('[data-testid=account-list]');
    await page.locator('[role=dialog] form input').first().fill(login);
    await page.locator('[role=dialog] form input[type=password]').fill(first);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.locator('[data-testid=account-list]').getByText(login).first().waitFor();
  }],
  ...(isMock ? [] : [['the new analyst signs in and changes the password', () => asAnalyst(first, async (page) => {
    await page.waitForSelector('main h1');
    await page.click('[data-testid=user-menu]');
    await page.waitForSelector('[data-testid=password]');
    await until('an analyst sees the accounts', () => page.locator('[data-testid=accounts]').count(), (value) => value === 0);
    await page.click('[data-testid=password]');
    const fields = page.locator('[role=dialog] input[type=password]');
    await fields.nth(0).fill(first);
    await fields.nth(1).fill(second);
    await fields.nth(2).fill(second);
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await page.waitForSelector('[role=dialog]', { state: 'detached' });
  })]]),
  ['the account is disabled', async (page) => {
    const row = page.locator('[data-testid=account-list] tr', { hasText: login });
    await row.getByRole('button', { name: 'Disable' }).click();
    await row.getByRole('button', { name: 'Enable' }).waitFor();
  }],
  ...(isMock ? [] : [['and cannot sign in any more', () => asAnalyst(second, (page) => page.waitForSelector('[role=alert]'))]]),
]);
