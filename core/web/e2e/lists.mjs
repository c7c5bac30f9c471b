// Lists: what a correlator remembers. A record added, changed, found and deleted, a file refused, imported and exported.
import { readFile } from 'node:fs/promises';
import { flow, signIn, until } from './browser.mjs';

const list = process.env.TOCSIN_LIST ?? 'ssh-root-addresses';
const key = `192.0.2.${Date.now() % 250}`;
const mark = `flow${Date.now()}`;
const row = (name) => `[data-testid=row][data-key="${name}"]`;
const gone = (page, name) => until(`${name} is still there`, () => page.locator(row(name)).count(), (count) => count === 0);
const remove = async (page, name) => {
  await page.click(`${row(name)} [data-testid=row-delete]`);
  await page.click(`${row(name)} [data-testid=row-delete-sure]`);
  await gone(page, name);
};
const file = (name, text) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });

await flow('lists', {}, [
  ['sign in', signIn],
  ['lists are shown with their figures', async (page) => {
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await page.waitForURL(/\/lists/);
    await page.click(`[data-testid=table-row][data-table="${list}"]`);
    await page.waitForURL(new RegExp(`list=${list}`));
    await page.waitForSelector('[data-testid=table-figures] dd');
  }],
  ['a record is added', async (page) => {
    await page.click('[data-testid=row-add]');
    if (await page.isEnabled('[data-testid=row-save]')) throw new Error('a record without a key can be saved');
    await page.fill('[data-testid=row-key]', key);
    await page.fill('[data-testid=row-field]', 'note');
    await page.fill('[data-testid=row-value]', mark);
    await page.click('[data-testid=row-save]');
    await page.waitForSelector(`${row(key)}:has-text("${mark}")`);
  }],
  ['changed', async (page) => {
    await page.click(`${row(key)} [data-testid=row-edit]`);
    await page.fill('[data-testid=row-value]', `${mark}-b\nsecond`);
    await page.click('[data-testid=row-save]');
    await page.waitForSelector(`${row(key)}:has-text("${mark}-b, second")`);
  }],
  ['found by its value', async (page) => {
    await page.fill('[data-testid=row-find]', 'no-such-value');
    await page.waitForSelector('[data-testid=table-detail] [role=status]');
    await page.fill('[data-testid=row-find]', `${mark}-B`);
    await page.waitForSelector(row(key));
    await page.waitForURL(new RegExp(`find=${mark}-B`));
  }],
  ['and deleted', async (page) => remove(page, key)],
  ['a file with a mistake is refused by its lines', async (page) => {
    await page.fill('[data-testid=row-find]', mark);
    await page.click('[data-testid=import]');
    await page.setInputFiles('[data-testid=import-file]', file('rows.csv', `ip,note\n${mark}-1,${mark}\nonly-one-cell\n`));
    await page.fill('[data-testid=import-key]', 'ip');
    await page.click('[data-testid=import-run]');
    await page.waitForSelector('[data-testid=import-mistakes] td:has-text("3")');
  }],
  ['or taken without that row', async (page) => {
    await page.check('[data-testid=import-skip]');
    await page.click('[data-testid=import-run]');
    await page.waitForSelector('[data-testid=import-done]');
    await page.keyboard.press('Escape');
    await page.waitForSelector(row(`${mark}-1`));
  }],
  ['the export holds it', async (page) => {
    await page.click('[data-testid=table-menu]');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-testid=export-csv]')]);
    const text = await readFile(await download.path(), 'utf8');
    if (!text.includes(`${mark}-1`)) throw new Error(`the export lacks the record [begin=${text.slice(0, 200)}]`);
  }],
  ['it is deleted again', async (page) => remove(page, `${mark}-1`)],
]);
