// Looks at report.html files as readers do, in a headless Chromium: wide and narrow, light and dark, on paper, by keyboard, and
// without a script. Fails on faults that axe-core calls serious or critical, on a page that is wider than its window, on any
// request to elsewhere, and where a key does nothing.
//
//     npm install --no-save --prefix /tmp/check playwright-core axe-core
//     NODE_PATH=/tmp/check/node_modules node scripts/check_report.mjs results/tiny/*/report.html
//     ... --shots FOLDER      # and keeps pictures of what it saw
//
// Chromium is `CHROMIUM`, or the first of chromium, chromium-browser and google-chrome on PATH. Where it or the packages are
// missing nothing is checked, which is said and is exit code 0.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const LARGEST = 2_000_000;
const WIDTHS = [1400, 390];

function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(0);
}

function browser() {
  for (const name of [process.env.CHROMIUM, "chromium", "chromium-browser", "google-chrome"].filter(Boolean)) {
    try {
      return execFileSync("which", [name], { encoding: "utf8" }).trim();
    } catch {
      // The next one may be there.
    }
  }
  return skip("no chromium on PATH, and CHROMIUM names none");
}

function needed(name) {
  try {
    return require(name);
  } catch {
    return skip(`no ${name}: the head of this script says how to get it`);
  }
}

const files = [];
let shots = null;
for (let rest = process.argv.slice(2); rest.length > 0; rest = rest.slice(1)) {
  if (rest[0] === "--shots") {
    shots = rest[1];
    rest = rest.slice(1);
  } else {
    files.push(rest[0]);
  }
}
if (files.length === 0 || (shots === undefined)) {
  console.error("usage: node scripts/check_report.mjs [--shots FOLDER] REPORT.html...");
  process.exit(2);
}
const { chromium } = needed("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const faults = [];
const opened = await chromium.launch({ executablePath: browser(), args: ["--no-sandbox"] });

for (const file of files) {
  const fault = (what) => faults.push(`${file}: ${what}`);
  const size = readFileSync(file).length;
  if (size > LARGEST) fault(`${size} bytes`);
  const name = path.basename(path.dirname(path.resolve(file)));
  const shot = async (page, kind) => {
    if (shots === null) return;
    mkdirSync(shots, { recursive: true });
    await page.screenshot({ path: path.join(shots, `${name}-${kind}.png`), fullPage: true, timeout: 120_000 });
  };
  const open = async (options) => {
    const context = await opened.newContext(options);
    const page = await context.newPage();
    page.on("request", (request) => {
      if (!request.url().startsWith("file:")) fault(`asks for ${request.url()}`);
    });
    page.on("pageerror", (error) => fault(`its script fails: ${error}`));
    await page.goto(pathToFileURL(path.resolve(file)).href);
    return page;
  };

  for (const width of WIDTHS) {
    for (const colorScheme of ["light", "dark"]) {
      const page = await open({ viewport: { width, height: 900 }, colorScheme });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (wide > 0) fault(`${wide} pixels wider than a window of ${width}`);
      await shot(page, `${width}-${colorScheme}`);
      await page.evaluate(() => document.querySelectorAll("details").forEach((folded, at) => (folded.open = at < 3)));
      await page.evaluate(axe);
      const found = await page.evaluate(() => window.axe.run());
      for (const { id, impact, help, nodes } of found.violations) {
        const line = `${impact}: ${id}: ${help} (${nodes.length} times, ${nodes[0].target}; ${nodes[0].any[0]?.message ?? ""})`;
        if (impact === "serious" || impact === "critical") fault(`${width} ${colorScheme}: ${line}`);
        else console.log(`${file}: ${width} ${colorScheme}: ${line}`);
      }
      await page.context().close();
    }
  }

  // By keyboard: the first table sorts both ways, and a link out of a table unfolds what it points to.
  const page = await open({ viewport: { width: 1400, height: 900 } });
  await page.keyboard.press("Tab");
  if (!(await page.evaluate(() => document.activeElement.matches("nav a")))) fault("Tab does not reach the contents first");
  if ((await page.locator("th button").count()) > 0) {
    const order = () =>
      page.evaluate(() => Array.from(document.querySelector("table.sort").tBodies[0].rows, (row) => row.cells[0].textContent).join("|"));
    const sorted = () => page.evaluate(() => document.querySelector("table.sort th").getAttribute("aria-sort"));
    await page.locator("th button").first().focus();
    await page.keyboard.press("Enter");
    const [up, first] = [await sorted(), await order()];
    await page.keyboard.press("Space");
    const [down, second] = [await sorted(), await order()];
    if (up !== "ascending" || down !== "descending") fault(`a head sorts ${up}, then ${down}`);
    if (first === second && new Set(first.split("|")).size > 1) fault("sorting the other way changes nothing");
  }
  const link = page.locator('td a[href*="cell-"]').first();
  if ((await link.count()) > 0) {
    await link.focus();
    const target = (await link.getAttribute("href")).slice(1);
    await page.keyboard.press("Enter");
    await page.waitForTimeout(100);
    if (!(await page.evaluate((id) => document.getElementById(id).checkVisibility(), target))) fault(`#${target} stays folded`);
  }
  await shot(page, "unfolded");
  await page.context().close();

  // Without a script the same is there to read, and links unfold, too.
  const plain = await open({ viewport: { width: 1400, height: 900 }, javaScriptEnabled: false });
  if ((await plain.locator("h1").count()) !== 1) fault("not one first heading");
  await plain.context().close();

  if (shots !== null) {
    const paper = await open({});
    await paper.pdf({ path: path.join(shots, `${name}.pdf`), format: "A4" });
    await paper.context().close();
  }
  console.log(`${file}: ${size} bytes`);
}
await opened.close();
for (const line of faults) console.error(`fault: ${line}`);
process.exit(faults.length > 0 ? 1 : 0);
