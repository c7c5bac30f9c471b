// What the flows share: a browser, signing in, and watching for errors that a person would not see.
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { chromium } from 'playwright-core';

export const base = (process.env.TOCSIN_URL ?? 'http://127.0.0.1:7400').replace(/\/$/, '');
const login = process.env.TOCSIN_LOGIN ?? 'admin';
const password = process.env.TOCSIN_PASSWORD ?? 'tocsin';
/** How long a page may take for one step; the first answer of a just started server is slow. */
export const patienceMillis = Number(process.env.TOCSIN_PATIENCE_MILLIS ?? 20_000);

/** The hash of the key of the server's self-made certificate, by which the browser takes it as good. */
async function keyHash() {
  const { protocol, hostname, port } = new URL(base);
  if (protocol !== 'https:') return undefined;
  const socket = connect({ host: hostname, port: Number(port || 443), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const key = new X509Certificate(socket.getPeerCertificate().raw).publicKey.export({ type: 'spki', format: 'der' });
  socket.destroy();
  return createHash('sha256').update(key).digest('base64');
}

async function launch() {
  const hash = await keyHash();
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
      // A browser that only ignores the error of a certificate keeps no files, and reads all scripts anew for each page.
      ...(hash ? [`--ignore-certificate-errors-spki-list=${hash}`] : []),
    ],
  });
}

/** The one browser of this process; starting one takes longer than most steps. */
let launched;
let profiles = 0;
let kept = false;

/** Keeps the browser between flows until the work is done. */
export async function withOneBrowser(work) {
  kept = true;
  try {
    await work();
  } finally {
    kept = false;
    await (await launched)?.close();
  }
}

/** A page with a profile of its own: cookies, storage and kept files are shared with no other. `close` ends the profile. */
export async function openBrowser({ width = 1440, height = 900, theme = 'dark', language = 'en' } = {}) {
  launched ??= launch();
  const browser = await launched;
  const context = await browser.newContext({ viewport: { width, height }, ignoreHTTPSErrors: true, timezoneId: 'Europe/Stockholm', locale: 'en-GB' });
  profiles++;
  const close = async () => {
    await context.close();
    if (--profiles === 0 && !kept) await browser.close();
  };
  await context.addInitScript(
    ([chosenTheme, chosenLanguage]) => {
      if (!localStorage.getItem('tocsin.theme')) localStorage.setItem('tocsin.theme', chosenTheme);
      if (!localStorage.getItem('tocsin.language')) localStorage.setItem('tocsin.language', chosenLanguage);
    },
    [theme, language],
  );
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMillis);
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    // The browser itself reports answers such as 401 on the sign-in page; those are part of the flow.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) complaints.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(base) && !/^(data|blob|about):/.test(request.url())) complaints.push(`foreign request: ${request.url()}`);
  });
  return { page, complaints, close };
}

export async function signIn(page) {
  await page.goto(`${base}/events`);
  await page.waitForURL(/\/sign-in/);
  await page.fill('input[name=login]', login);
  await page.fill('input[name=password]', password);
  await page.click('button[type=submit]');
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
  await page.waitForSelector('main h1');
}

/** Waits until the condition holds; the last value is in the error. */
export async function until(what, read, holds) {
  const end = Date.now() + patienceMillis;
  let value;
  do {
    value = await read();
    if (holds(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  } while (Date.now() < end);
  throw new Error(`${what} [last=${JSON.stringify(value)}]`);
}

/** Runs the named steps one after another; prints a line for each and leaves with 1 when one fails. */
export async function flow(name, options, steps) {
  const { page, complaints, close } = await openBrowser(options);
  let failed = 0;
  let passed = 0;
  for (const [title, step] of steps) {
    const begun = Date.now();
    try {
      await step(page);
      passed++;
      console.log(`ok    ${name}: ${title} (${Date.now() - begun} ms)`);
    } catch (error) {
      failed++;
      console.log(`FAIL  ${name}: ${title}\n      ${error.message.split('\n').slice(0, 6).join('\n      ')}\n      at ${page.url()}`);
      if (process.env.TOCSIN_SCREENSHOTS) await page.screenshot({ path: `${process.env.TOCSIN_SCREENSHOTS}/failed-${name}.png` });
      break;
    }
  }
  for (const complaint of new Set(complaints)) {
    failed++;
    console.log(`FAIL  ${name}: ${complaint}`);
  }
  await close();
  console.log(`${passed} passed, ${failed} failed`);
  if (failed) process.exitCode = 1;
}
