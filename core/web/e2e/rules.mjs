// Rules: whether each can fire, an exception with reason and end, why an alert fired, and holding its group back.
import { base, flow, signIn, until } from './browser.mjs';

const rule = process.env.TOCSIN_RULE ?? 'ssh-brute-force';
const reason = `flow ${Date.now()}`;

await flow('rules', {}, [
  ['sign in', signIn],
  ['rules say whether they can fire', async (page) => {
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.waitForURL(/\/rules/);
    await page.waitForSelector('[data-testid=rule-row][data-verdict]');
    await page.waitForSelector('[data-testid=rule-changes]');
  }],
  ['a rule opens with its figures', async (page) => {
    await page.fill('input[data-search], [data-search] input', rule);
    await page.click(`[data-testid=rule-row][data-rule="${rule}"]`);
    await page.waitForSelector('[data-testid=rule-detail]');
    await page.waitForURL(new RegExp(`rule=${rule}`));
  }],
  ['an exception is added with a reason and an end', async (page) => {
    await page.click('[data-testid=exception-add]');
    await page.fill('[data-testid=exception-field]', 'SourceAddress');
    await page.fill('[data-testid=exception-value]', '192.0.2.77');
    if (await page.isEnabled('[data-testid=exception-save]')) throw new Error('an exception without a reason can be saved');
    await page.fill('[data-testid=exception-reason]', reason);
    await page.click('[data-testid=exception-save]');
    await page.waitForSelector(`[data-testid=exception]:has-text("${reason}")`);
  }],
  ['and ended', async (page) => {
    await page.click(`[data-testid=exception]:has-text("${reason}") [data-testid=exception-remove]`);
    await until('the exception is still there', () => page.locator(`[data-testid=exception]:has-text("${reason}")`).count(), (count) => count === 0);
  }],
  ['an alert says why it fired', async (page) => {
    await page.goto(`${base}/alerts?status=all&rule=${rule}`);
    await page.waitForSelector('[data-testid=why-fired]');
    await page.waitForSelector('[data-testid=priority-explanation] [data-factor=rule]');
  }],
  ['its group is held back and let through', async (page) => {
    await page.click('[data-testid=suppress]');
    await page.fill('[data-testid=suppress-reason]', reason);
    await page.click('[data-testid=suppress-save]');
    await page.waitForSelector(`[data-testid=suppression]:has-text("${reason}")`);
    await page.click('[data-testid=suppression-end]');
    await page.waitForSelector('[data-testid=suppress]');
  }],
  ['its rule is a click away', async (page) => {
    await page.click('[data-testid=to-rule]');
    await page.waitForSelector('[data-testid=rule-detail]');
    await page.waitForSelector('[data-testid=suppressions]');
  }],
]);
