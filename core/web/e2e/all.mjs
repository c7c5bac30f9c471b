// All flows one after another: node e2e/all.mjs. Server and account come from TOCSIN_URL, TOCSIN_LOGIN, TOCSIN_PASSWORD.
import { spawnSync } from 'node:child_process';

let failed = 0;
for (const name of ['sign-in', 'events', 'alerts', 'sources', 'health', 'accounts']) {
  const { status } = spawnSync(process.execPath, [new URL(`./${name}.mjs`, import.meta.url).pathname], { stdio: 'inherit' });
  if (status !== 0) failed++;
}
process.exitCode = failed ? 1 : 0;
