// Health: services, the balance of the ledger, its lines. TOCSIN_BALANCE=0 demands that every event is accounted for.
import { base, flow, signIn, until } from './browser.mjs';

await flow('health', {}, [
  ['sign in', signIn],
  ['services report', async (page) => {
    await page.keyboard.press('g');
    await page.keyboard.press('h');
    await page.waitForURL(/\/health/);
    await page.waitForSelector('[data-testid=services] tbody tr');
    await page.waitForSelector('[data-testid=services] [data-status=up]');
  }],
  ['the ledger is balanced', async (page) => {
    const balance = () => page.locator('[data-testid=balance]').getAttribute('data-balance');
    await page.waitForSelector('[data-testid=balance]');
    if (process.env.TOCSIN_BALANCE === undefined) return;
    await until('the balance is another', balance, (value) => value === process.env.TOCSIN_BALANCE);
  }],
  ['its lines are listed', async (page) => {
    await page.goto(`${base}/health?from=now-24h`);
    await page.waitForSelector('[data-testid=ledger] [role=row][aria-rowindex]');
  }],
]);
