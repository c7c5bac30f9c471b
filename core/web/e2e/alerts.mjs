// Working an alert: open it, see the events that made it, assign it, comment, close it, find it among the closed, reopen.
// Needs one open alert; TOCSIN_ALERT chooses by text. With TOCSIN_LEAVE_CLOSED=1 the alert stays closed.
import { base, flow, signIn, until } from './browser.mjs';

const text = process.env.TOCSIN_ALERT ?? '';
const remark = `checked by the browser flow ${Date.now()}`;
const status = (page) => page.locator('[data-testid=alert-detail] [data-testid=alert-status]').first().getAttribute('data-status');
let id = '';

await flow('alerts', {}, [
  ['sign in', signIn],
  ['the queue lists open alerts', async (page) => {
    await page.goto(`${base}/alerts${text ? `?q=${encodeURIComponent(text)}` : ''}`);
    await page.waitForSelector('[data-testid=alert-row]');
  }],
  ['an alert shows the events that made it', async (page) => {
    await page.locator('[data-testid=alert-row]').first().click();
    await page.waitForURL(/[?&]alert=/);
    id = new URL(page.url()).searchParams.get('alert');
    await page.waitForSelector('[data-testid=base-events] tbody tr');
    await page.waitForSelector('[data-testid=correlation-fields]');
  }],
  ['it is assigned to me', async (page) => {
    if (await page.locator('[data-testid=assign-me]').isEnabled()) await page.click('[data-testid=assign-me]');
    await until('the alert is not assigned', () => status(page), (value) => value === 'assigned');
  }],
  ['a comment stays', async (page) => {
    await page.fill('[data-testid=comment-text]', remark);
    await page.click('[data-testid=comment-send]');
    await page.locator('[data-testid=comment]').getByText(remark).waitFor();
    await page.reload();
    await page.locator('[data-testid=comment]').getByText(remark).waitFor();
    await until('the assignment is lost', () => status(page), (value) => value === 'assigned');
  }],
  ['the status is changed by keys', async (page) => {
    await page.keyboard.press('s');
    await page.click('[data-testid=close-responded]');
    await page.goto(`${base}/alerts?status=closed&alert=${encodeURIComponent(id)}`);
    await until('the alert is not closed', () => status(page), (value) => value === 'closed');
    await page.locator('[data-testid=history]').getByText('Closed').first().waitFor();
  }],
  ['its events open in the search with the window of the alert', async (page) => {
    await page.click('[data-testid=open-events]');
    await page.waitForURL(/\/events\?.*from=20\d\d-/);
    await page.waitForSelector('[data-testid=event-table] [role=gridcell]');
    await page.goBack();
    await page.waitForSelector('[data-testid=alert-detail]');
  }],
  ...(process.env.TOCSIN_LEAVE_CLOSED ? [] : [['it is reopened', async (page) => {
    await page.getByRole('button', { name: 'Reopen' }).click();
    await until('the alert is not new', () => status(page), (value) => value === 'new');
  }]]),
]);
