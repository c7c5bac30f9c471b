// Measures the script that a browser loads before the events screen can be used: gzip of index.html's script, what it imports, and the screen's
// chunk with its imports. The editor comes later and is counted apart. Fails above the budget. Usage: node dev/size.mjs [FOLDER], the built
// interface, dist/ without.
import { readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

const budgetBytes = 400 * 1024;
const built = process.argv[2] ? pathToFileURL(`${resolve(process.argv[2])}/`) : new URL('../dist/', import.meta.url);
const assets = new URL('assets/', built);
const files = readdirSync(assets).filter((name) => name.endsWith('.js'));
const gzip = (name) => gzipSync(readFileSync(new URL(name, assets)), { level: 9 }).length;
const imports = (name) => [...readFileSync(new URL(name, assets), 'utf8').matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)].map((match) => match[1]);
function closure(names, known = new Set()) {
  for (const name of names) {
    if (known.has(name)) continue;
    known.add(name);
    closure(imports(name), known);
  }
  return known;
}
const named = (prefix) => files.filter((name) => name.startsWith(`${prefix}-`));
const entry = readFileSync(new URL('index.html', built), 'utf8').match(/assets\/([\w.-]+\.js)"/)[1];
const screens = { 'sign in': ['SignInPage'], events: ['EventsPage'], 'events with editor': ['EventsPage', 'QueryEditor'], alerts: ['AlertsPage'], health: ['HealthPage'] };
let worst = 0;
for (const [screen, chunks] of Object.entries(screens)) {
  const bytes = [...closure([entry, ...chunks.flatMap(named)])].reduce((sum, name) => sum + gzip(name), 0);
  worst = Math.max(worst, bytes);
  console.log(`${screen.padEnd(20)} ${(bytes / 1024).toFixed(1)} KiB gzip`);
}
if (worst > budgetBytes) {
  console.error(`more than the budget [limit=${budgetBytes / 1024} KiB]`);
  process.exitCode = 1;
}
