// Searching events: list, filter by click, detail, top values, zoom, SQL and its errors, deep links.
// Needs at least a few events in the last 24 hours (or in TOCSIN_RANGE, e.g. "now-7d").
import { base, flow, signIn, until } from './browser.mjs';

const range = process.env.TOCSIN_RANGE ? `from=${encodeURIComponent(process.env.TOCSIN_RANGE)}` : 'from=now-24h';
const rowCells = '[data-testid=event-table] [role=row] [role=gridcell]';
const number = (text) => Number(text.replace(/\D/g, ''));
let total = 0;

await flow('events', {}, [
  ['sign in', signIn],
  ['events are listed with a histogram', async (page) => {
    await page.goto(`${base}/events?${range}&c=DeviceHostName,DeviceProcessName,Message`);
    await page.waitForSelector(rowCells);
    total = number(await page.locator('[data-testid=total]').innerText());
    if (total === 0) throw new Error('no events in the histogram');
  }],
  ['a click on a value filters for it', async (page) => {
    const value = page.locator(`${rowCells} span[class*=value]`).first();
    const text = await value.innerText();
    await value.click();
    await page.click('[data-testid=filter-for]');
    await page.waitForURL(/[?&]f=/);
    await page.locator('[data-testid=filters]').getByText(text).waitFor();
    await until('the histogram does not follow the filter', async () => number(await page.locator('[data-testid=total]').innerText()), (count) => count > 0 && count <= total);
  }],
  ['a link carries the whole state', async (page) => {
    const url = page.url();
    await page.reload();
    await page.waitForSelector('[data-testid=filters] [role=listitem]');
    await page.waitForSelector(rowCells);
    if (page.url() !== url) throw new Error(`the address changed [before=${url}, after=${page.url()}]`);
  }],
  ['Enter opens the event, o its raw text', async (page) => {
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-testid=event-fields] tr');
    await page.waitForURL(/[?&]event=/);
    await page.keyboard.press('o');
    await page.waitForURL(/[?&]tab=raw/);
    await page.locator('[data-testid=event-detail] pre, [data-testid=event-detail] [role=status]').first().waitFor();
  }],
  ['its path says where it is and when it got there', async (page) => {
    await page.locator('[data-testid=event-detail] [role=tab]').last().click();
    await page.waitForURL(/[?&]tab=way/);
    await page.waitForSelector('[data-testid=event-way][data-status=stored] [data-hop=received] time');
    await page.waitForSelector('[data-testid=event-way] [data-hop=stored] time');
    await page.keyboard.press('Escape');
    await page.waitForSelector('[data-testid=event-detail]', { state: 'detached' });
  }],
  ['the rail shows the top values of a field', async (page) => {
    await page.goto(`${base}/events?${range}`);
    await page.waitForSelector(rowCells);
    await page.locator('[data-testid=fields] button[aria-expanded]').first().click();
    await page.waitForSelector('[data-testid=top-values]');
    await page.locator('[data-testid=top-values] button').nth(1).click();
    await page.waitForURL(/[?&]f=(!|%21)/);
    await page.locator('[data-testid=filters] button[aria-label^="Remove"]').first().click();
    await page.waitForSelector('[data-testid=filters]', { state: 'detached' });
  }],
  ['dragging over the histogram zooms in', async (page) => {
    await page.waitForSelector('[data-testid=histogram] .u-over');
    const box = await page.locator('[data-testid=histogram] .u-over').boundingBox();
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.98, box.y + box.height / 2, { steps: 6 });
    await page.mouse.up();
    await page.waitForURL(/[?&]from=20\d\d-/);
  }],
  ['a live search runs again by itself until it is stopped', async (page) => {
    await page.goto(`${base}/events?${range}`);
    await page.waitForSelector(rowCells);
    await page.click('[data-testid=live]');
    await page.waitForURL(/[?&]live=/);
    const runs = [];
    const count = (request) => request.url().endsWith('/events/search') && runs.push(Date.now());
    page.on('request', count);
    await until('the search does not run again', () => runs.length, (value) => value >= 4);
    await page.click('[data-testid=live]');
    await page.waitForURL((url) => !url.searchParams.has('live'));
    page.off('request', count);
  }],
  ['nothing found is said in words', async (page) => {
    await page.goto(`${base}/events?${range}&q=zqxjkvzqxjkv`);
    await page.waitForSelector('text=No events');
  }],
  ['a condition is checked while it is read', async (page) => {
    await page.goto(`${base}/events?${range}`);
    await page.waitForSelector(rowCells);
    await page.locator('[data-testid=query] .cm-content').click();
    await page.keyboard.type('NoSuchField = 1');
    await page.keyboard.press('Control+Enter');
    await page.waitForSelector('[data-testid=query] [role=alert]');
  }],
  ['SQL runs', async (page) => {
    await page.goto(`${base}/events?mode=sql&${range}&sql=${encodeURIComponent('SELECT DeviceHostName, count() AS events FROM events GROUP BY DeviceHostName ORDER BY events DESC LIMIT 20')}`);
    await page.waitForSelector(rowCells);
    await page.waitForSelector('[role=columnheader] >> text=events');
  }],
  ['a wrong statement shows what is wrong', async (page) => {
    await page.goto(`${base}/events?mode=sql&${range}&sql=${encodeURIComponent('SELECT NoSuchColumn FROM events')}`);
    await page.waitForSelector('[data-error]');
    const text = await page.locator('[data-error]').first().innerText();
    if (!text.includes('NoSuchColumn')) throw new Error(`the error does not name the column [text=${text}]`);
  }],
]);
