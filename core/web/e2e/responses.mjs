// Responses: what ran for an alert by itself, running one by hand after a look at what it would do, and the page of all runs.
// TOCSIN_RULE is a rule with an alert, TOCSIN_RESPONSE a response that can be run by hand.
import { base, flow, signIn, until } from './browser.mjs';

const rule = process.env.TOCSIN_RULE ?? 'ssh-brute-force';
const response = process.env.TOCSIN_RESPONSE ?? 'isolate-host';
const mine = `[data-testid=alert-run][data-response="${response}"]`;
let before = 0;

await flow('responses', {}, [
  ['sign in', signIn],
  ['an alert says what was done for it by itself', async (page) => {
    await page.goto(`${base}/alerts?status=all&rule=${rule}`);
    await page.waitForSelector('[data-testid=alert-responses]');
    await page.waitForSelector('[data-testid=alert-run][data-state=done]');
    before = await page.locator(mine).count();
  }],
  ['a response shows what it would do before it is run', async (page) => {
    await page.click('[data-testid=run-response]');
    await page.waitForSelector('[data-testid=run-form]');
    if (await page.isEnabled('[data-testid=run-confirm]')) throw new Error('nothing can be run without a choice');
    await page.click('[data-testid=run-choice]');
    await page.getByRole('option', { name: response }).click();
    await page.waitForSelector('[data-testid=run-preview] dd');
  }],
  ['and is run when it is confirmed', async (page) => {
    await page.click('[data-testid=run-confirm]');
    await page.waitForSelector('[data-testid=run-form]', { state: 'detached' });
    await until('the run is not listed', () => page.locator(mine).count(), (count) => count === before + 1);
    await until('the run is not done', () => page.locator(mine).first().getAttribute('data-state'), (state) => state === 'done');
    await page.locator('[data-testid=history]').getByText(response).first().waitFor();
  }],
  ['the page of responses lists it with who wanted it', async (page) => {
    await page.click(`${mine} a`);
    await page.waitForURL(/\/responses\?.*response=/);
    await page.waitForSelector(`[data-testid=response-row][data-response="${response}"][aria-current]`);
    await page.waitForSelector('[data-testid=response-detail] [data-testid=run][data-state=done]');
  }],
  ['all runs are a click away and can be narrowed', async (page) => {
    await page.click('[data-testid=all-runs]');
    await page.waitForSelector('[data-testid=every-run] [data-testid=run]');
    await page.click('[data-testid=state-done]');
    await page.waitForURL(/state=done/);
    await until('other states are shown', () => page.locator('[data-testid=run]:not([data-state=done])').count(), (count) => count === 0);
  }],
  ['an alert is a click away', async (page) => {
    await page.locator('[data-testid=run]', { hasText: response }).first().locator('td a').nth(1).click();
    await page.waitForSelector('[data-testid=alert-responses]');
  }],
]);
