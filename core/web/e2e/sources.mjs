// Sources: how well each is understood. The list, one source with its stages, fields and failures, and the way to its events.
import { base, flow, signIn, until } from './browser.mjs';

await flow('sources', {}, [
  ['sign in', signIn],
  ['sources are listed', async (page) => {
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.waitForURL(/\/sources/);
    await page.waitForSelector('[data-testid=sources] [data-testid=source-row]');
  }],
  ['one shows its stages and fields', async (page) => {
    await page.locator('[data-testid=source-row]').first().click();
    await page.waitForURL(/source=/);
    await page.waitForSelector('[data-testid=source-detail] [data-testid=stages] [data-stage=normalize]');
    await page.waitForSelector('[data-testid=stages] [data-stage=log]');
    const { collector, source } = Object.fromEntries(new URL(page.url()).searchParams);
    const { summary } = await (await page.request.get(`${base}/api/v1/collectors/${collector}/sources/${source}`)).json();
    if ((await page.locator('[data-testid=source-detail] [data-kind=missing]').count()) !== Number(summary.missing > 0)) throw new Error(`what did not come is not shown [missing=${summary.missing}]`);
    await until('no field is filled', () => page.locator('[data-testid=fill] > div').count(), (count) => count > 0);
  }],
  ['its collector shows what it is configured to do', async (page) => {
    const chip = page.locator('[data-testid=fingerprint]');
    await chip.click();
    await page.waitForSelector('[data-testid=configuration] dt');
    const text = await chip.locator('span').innerText();
    if (!/^[0-9a-f]{8,}$/.test(text)) throw new Error(`not a fingerprint [text=${text}]`);
    await page.keyboard.press('Escape');
    await page.waitForSelector('[data-testid=configuration]', { state: 'detached' });
  }],
  ['a search that fits nothing says so', async (page) => {
    await page.goto(`${base}/sources?q=no-such-source`);
    await page.waitForSelector('[role=status] strong');
    await page.goto(`${base}/sources`);
    await page.waitForSelector('[data-testid=source-row]');
  }],
  ['it leads to its events', async (page) => {
    await page.click('[data-testid=show-events]');
    await page.waitForURL(/\/events/);
    await page.waitForSelector('[data-testid=event-table]');
  }],
]);
