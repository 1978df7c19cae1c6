// bundle.mjs OUTPUT: the page without its data, as one HTML file: styles, the charts' code with what it needs of
// ECharts, and a policy that lets nothing else run and nothing be loaded.
import {build} from 'esbuild';
import {createHash} from 'node:crypto';
import {readFile, writeFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const bundled = async (name) => {
  const {
    outputFiles: [file],
  } = await build({
    entryPoints: [here(name)],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: ['chrome100', 'firefox100', 'safari15'],
    legalComments: 'none',
    define: {'process.env.NODE_ENV': '"production"'},
  });
  return file.text.trim();
};
const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

// What their licences ask of whoever gives them on, as each page does.
const notices = await Promise.all(
  ['echarts/NOTICE', 'zrender/LICENSE'].map((name) => readFile(here(`node_modules/${name}`), 'utf8')),
);
const licence = `/*! ${notices.join('\n\n')}\nECharts: Apache-2.0, https://www.apache.org/licenses/LICENSE-2.0 */`;
const script = `${licence}\n${await bundled('main.js')}`;
const style = await bundled('page.css');
if (/<\/script|<!--/i.test(script) || /<\/style/i.test(style))
  throw new Error('code that would end its own element');

const slots = {
  policy: `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`,
  style,
  script,
};
const page = await readFile(here('page.html'), 'utf8');
await writeFile(
  process.argv[2],
  page.replace(/<!--slot:(\w+)-->/g, (slot, name) => slots[name] ?? slot),
);
