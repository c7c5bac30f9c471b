// Pictures of every screen for a look by eye: node e2e/screens.mjs FOLDER [width height [dark|light [en|ru]]]
import { base, openBrowser, signIn } from './browser.mjs';

const [folder = '/tmp', width = '1440', height = '900', theme = 'dark', language = 'en', only = ''] = process.argv.slice(2);
const { page, complaints, close } = await openBrowser({ width: Number(width), height: Number(height), theme, language });
const shoot = async (name) => {
  await page.waitForTimeout(500);
  await page.screenshot({ path: `${folder}/${name}-${width}-${theme}-${language}.png` });
};
const wants = (name) => !only || only.split(',').includes(name);

await page.goto(`${base}/sign-in`);
await page.waitForSelector('input[name=login]');
if (wants('sign-in')) {
  await page.fill('input[name=login]', 'nobody');
  await page.fill('input[name=password]', 'wrong');
  await page.click('button[type=submit]');
  await page.waitForSelector('[role=alert]');
  await shoot('sign-in');
}
await signIn(page);
if (wants('events')) {
  await page.goto(`${base}/events`);
  await page.waitForSelector('[data-testid=event-table] [role=row] [role=gridcell]');
  await page.waitForSelector('[data-testid=histogram]');
  await shoot('events');
}
if (wants('detail')) {
  await page.goto(`${base}/events?f=DeviceProcessName%3Dsshd&f=!SourceAddress%3D10.0.1.1&q=root`);
  await page.waitForSelector('[data-testid=event-table] [role=row] [role=gridcell]');
  const field = page.locator('[data-testid=fields] button[aria-expanded]', { hasText: 'DeviceHostName' });
  await field.click();
  await page.waitForSelector('[data-testid=top-values]');
  await page.locator('[data-testid=event-table] [role=row]').nth(4).locator('[role=gridcell]').nth(1).click();
  await page.waitForSelector('[data-testid=event-fields]');
  await shoot('detail');
}
if (wants('way')) {
  await page.goto(`${base}/events`);
  await page.waitForSelector('[data-testid=event-table] [role=row] [role=gridcell]');
  await page.locator('[data-testid=event-table] [role=row]').nth(4).locator('[role=gridcell]').nth(1).click();
  await page.locator('[data-testid=event-detail] [role=tab]').last().click();
  await page.waitForSelector('[data-testid=event-way]');
  await shoot('way');
}
if (wants('fingerprint')) {
  await page.goto(`${base}/sources`);
  await page.waitForSelector('[data-testid=fingerprint]');
  await shoot('stages');
  await page.click('[data-testid=fingerprint]');
  await page.waitForSelector('[data-testid=configuration] dt');
  await shoot('fingerprint');
}
if (wants('menu')) {
  await page.goto(`${base}/events`);
  await page.locator('[data-testid=event-table] [role=row]').nth(5).locator('[role=gridcell] span[class*=value]').nth(2).click();
  await page.waitForSelector('[data-testid=cell-menu]');
  await shoot('menu');
  await page.keyboard.press('Escape');
  await page.click('[data-testid=time-picker]');
  await page.waitForSelector('[data-testid=time-text]');
  await shoot('time');
}
if (wants('sql')) {
  await page.goto(`${base}/events?mode=sql&sql=${encodeURIComponent('SELECT Name, DeviceHostName, count() AS events, uniq(SourceAddress) AS sources\nFROM events\nWHERE EventOutcome = \'failed\'\nGROUP BY Name, DeviceHostName\nORDER BY events DESC LIMIT 50')}`);
  await page.waitForSelector('[data-testid=event-table] [role=gridcell]');
  await shoot('sql');
  await page.goto(`${base}/events?mode=sql&sql=${encodeURIComponent('SELECT Name\nFROM events\nWHERE Naem = 1')}`);
  await page.waitForSelector('[data-error]');
  await page.locator('[data-testid=query] .cm-content').click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' AND Sour');
  await page.waitForSelector('.cm-tooltip-autocomplete');
  await shoot('sql-error');
}
if (wants('alerts')) {
  await page.goto(`${base}/alerts`);
  await page.waitForSelector('[data-testid=base-events]');
  await shoot('alerts');
  await page.keyboard.press('s');
  await page.waitForSelector('[role=menu]');
  await shoot('alerts-status');
  await page.keyboard.press('Escape');
  await page.goto(`${base}/alerts?status=all&q=${encodeURIComponent('brute')}`);
  await page.waitForSelector('[data-testid=base-events]');
  await page.locator('[data-testid=alert-row]').last().click();
  await page.waitForTimeout(400);
  await page.keyboard.press('x');
  await shoot('alerts-brute');
}
if (wants('health')) {
  await page.goto(`${base}/health`);
  await page.waitForSelector('[data-testid=balance]');
  await page.waitForSelector('svg polyline', { state: 'attached' });
  await shoot('health');
}
if (wants('sources')) {
  await page.goto(`${base}/sources`);
  await page.locator('[data-testid=source-row]').nth(1).click();
  await page.waitForSelector('[data-testid=source-detail] [data-testid=fill] > div');
  await shoot('sources');
}
if (wants('rules')) {
  await page.goto(`${base}/rules`);
  await page.waitForSelector('[data-testid=rule-row]');
  await shoot('rules');
  await page.locator('[data-testid=rule-row]').nth(1).click();
  await page.waitForSelector('[data-testid=rule-detail]');
  await page.click('[data-testid=exception-add]');
  await shoot('rule');
}
if (wants('responses')) {
  await page.goto(`${base}/responses`);
  await page.waitForSelector('[data-testid=every-run] [data-testid=run]');
  await shoot('responses');
  await page.locator('[data-testid=response-row]').nth(1).click();
  await page.waitForSelector('[data-testid=response-detail] [data-testid=run]');
  await page.locator('[data-testid=response-detail] summary').first().click();
  await shoot('response');
  await page.locator('[data-testid=response-row]').first().click();
  await shoot('response-trouble');
  await page.goto(`${base}/alerts?status=all&q=${encodeURIComponent('brute')}`);
  await page.waitForSelector('[data-testid=alert-run]');
  await page.locator('[data-testid=alert-responses]').scrollIntoViewIfNeeded();
  await shoot('alert-responses');
  await page.click('[data-testid=run-response]');
  await page.click('[data-testid=run-choice]');
  await page.getByRole('option', { name: 'isolate-host' }).click();
  await page.waitForSelector('[data-testid=run-preview]');
  await page.locator('[data-testid=run-form]').scrollIntoViewIfNeeded();
  await shoot('alert-run');
  await page.click('[data-testid=run-confirm]');
  await page.waitForSelector('[data-testid=alert-run][data-state=running]');
  await shoot('alert-running');
}
if (wants('lists')) {
  await page.goto(`${base}/lists?list=ssh-root-addresses`);
  await page.waitForSelector('[data-testid=row]');
  await shoot('lists');
  await page.goto(`${base}/lists?list=hosts`);
  await page.waitForSelector('[data-testid=row]');
  await page.locator('[data-testid=row-edit]').first().click();
  await shoot('list-change');
  await page.goto(`${base}/lists?list=failed-sign-ins`);
  await page.waitForSelector('[data-testid=row]');
  await page.click('[data-testid=import]');
  await page.setInputFiles('[data-testid=import-file]', { name: 'addresses.csv', mimeType: 'text/csv', buffer: Buffer.from('key,count\n192.0.2.1,4\n192.0.2.2\n') });
  await page.click('[data-testid=import-run]');
  await page.waitForSelector('[data-testid=import-mistakes]');
  await shoot('list-import');
  await page.goto(`${base}/lists?list=allowed-scanners`);
  await page.waitForSelector('[data-testid=row]');
  await page.locator('[data-testid=row-delete]').first().click();
  await page.click('[data-testid=table-menu]');
  await shoot('list-shared');
}
if (wants('palette')) {
  await page.goto(`${base}/events`);
  await page.waitForSelector('[data-testid=event-table] [role=gridcell]');
  await page.keyboard.press('Control+k');
  await page.waitForSelector('[data-testid=palette]');
  await page.keyboard.type('al');
  await shoot('palette');
  await page.keyboard.press('Escape');
  await page.waitForTimeout(300);
  await page.keyboard.press('?');
  await page.waitForSelector('[role=dialog]');
  await shoot('shortcuts');
  await page.keyboard.press('Escape');
  await page.waitForTimeout(300);
  await page.click('[data-testid=user-menu]');
  await page.locator('[role=menuitem]').first().click();
  await page.waitForSelector('[role=dialog] table');
  await shoot('tokens');
}
if (wants('live')) {
  await page.goto(`${base}/events?live=1&from=now-15m`);
  await page.waitForSelector('[data-testid=event-table] [role=gridcell]');
  await page.waitForTimeout(3000);
  await shoot('live');
}
if (wants('accounts')) {
  await page.goto(`${base}/health`);
  await page.click('[data-testid=user-menu]');
  await page.click('[data-testid=accounts]');
  await page.waitForSelector('[data-testid=account-list]');
  await shoot('accounts');
  await page.keyboard.press('Escape');
  await page.waitForTimeout(400);
  await page.click('[data-testid=user-menu]');
  await page.click('[data-testid=password]');
  await page.waitForSelector('[role=dialog] input[type=password]');
  await shoot('password');
}
for (const complaint of new Set(complaints)) console.log(complaint);
await close();
