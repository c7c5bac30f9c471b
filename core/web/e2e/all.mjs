// All flows one after another: node e2e/all.mjs. Server and account come from TOCSIN_URL, TOCSIN_LOGIN, TOCSIN_PASSWORD.
import { withOneBrowser } from './browser.mjs';

await withOneBrowser(async () => {
  for (const name of ['sign-in', 'events', 'alerts', 'sources', 'rules', 'lists', 'responses', 'health', 'accounts']) {
    await import(`./${name}.mjs`);
  }
});
