// Builds static/dist from assets/, templates/ and Bootstrap Italia. Run it through script/assets.
// Every file carries a hash of its content in its name; manifest.json says which name is whose.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync, renameSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import * as sass from 'sass'
import { PurgeCSS } from 'purgecss'
import { build } from 'esbuild'
import subsetFont from 'subset-font'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const italia = join(root, 'node_modules/bootstrap-italia')
const target = join(root, 'static/dist')
const draft = join(root, 'static/dist.new')
const manifest = {}

const filesUnder = (folder, endings) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name))

// Classes and icon names may stand in templates, in scripts and in page builders.
const readers = [...filesUnder('templates', ['.html']), ...filesUnder('civic/web', ['.py']), ...filesUnder('assets/js', ['.js'])]

function keep(name, content) {
  const bytes = Buffer.from(content)
  const dot = name.lastIndexOf('.')
  const hashed = `${name.slice(0, dot)}.${createHash('sha256').update(bytes).digest('hex').slice(0, 10)}${name.slice(dot)}`
  writeFileSync(join(draft, hashed), bytes)
  if (!name.endsWith('.woff2')) {
    writeFileSync(join(draft, `${hashed}.gz`), gzipSync(bytes, { level: 9 }))
    writeFileSync(join(draft, `${hashed}.br`), brotliCompressSync(bytes))
  }
  manifest[name] = hashed
  return hashed
}

async function fonts() {
  // Latin with the accents of the languages spoken here (Romanian, Albanian, Spanish, Polish ...), a third smaller.
  let letters = '€–—‘’“”„…•→←↑↓✓ªº«»×'
  for (let code = 0x20; code <= 0x17f; code++) letters += String.fromCodePoint(code)
  letters += 'ȘșȚț'
  for (const [weight, source] of [[400, 'regular'], [600, '600'], [700, '700']]) {
    const path = join(italia, `dist/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-${source}.woff2`)
    keep(`titillium-${weight}.woff2`, await subsetFont(readFileSync(path), letters, { targetFormat: 'woff2' }))
  }
}

function icons() {
  const wanted = new Set()
  for (const path of readers) for (const [name] of readFileSync(path, 'utf8').matchAll(/\bit-[a-z0-9-]+\b/g)) wanted.add(name)
  const symbols = []
  for (const name of [...wanted].sort()) {
    let drawing
    try { drawing = readFileSync(join(italia, `src/svg/${name}.svg`), 'utf8') } catch { continue }
    const box = drawing.match(/viewBox="([^"]+)"/)[1]
    const inside = drawing.replace(/^[\s\S]*?<svg[^>]*>/, '').replace(/<\/svg>\s*$/, '').replace(/\s*\n\s*/g, '')
    symbols.push(`<symbol id="${name}" viewBox="${box}">${inside}</symbol>`)
  }
  keep('icons.svg', `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`)
}

async function styles() {
  const { css } = sass.compile(join(root, 'assets/scss/site.scss'), {
    style: 'compressed',
    loadPaths: [join(italia, 'src/scss')],
    quietDeps: true,
    silenceDeprecations: ['import', 'global-builtin', 'color-functions', 'if-function'],
  })
  const named = css.replace(/url\("?FONT\/([a-z0-9-]+\.woff2)"?\)/g, (_all, name) => `url(${manifest[name]})`)
  const [{ css: purged }] = await new PurgeCSS().purge({
    content: readers.map((path) => ({ raw: readFileSync(path, 'utf8'), extension: 'html' })),
    css: [{ raw: named }],
    variables: true,
    safelist: { standard: [/^(kind|tone|is|input)-/, /^(icon|date-block|quartiere-map)-(sm|lg)$/] },
    defaultExtractor: (text) => text.match(/[\w-]+/g) ?? [],
  })
  keep('site.css', purged)
}

async function scripts() {
  const entries = { 'site.js': 'site.js', 'pocket.js': 'pocket/page.js', 'pocket-worker.js': 'pocket/worker.js' }
  for (const [name, source] of Object.entries(entries)) {
    const { outputFiles } = await build({
      entryPoints: [join(root, 'assets/js', source)],
      bundle: true, minify: true, format: 'esm', target: 'es2022', write: false,
    })
    keep(name, outputFiles[0].contents)
  }
}

rmSync(draft, { recursive: true, force: true })
mkdirSync(draft, { recursive: true })
await fonts()
icons()
await styles()
await scripts()
writeFileSync(join(draft, 'manifest.json'), JSON.stringify(manifest, null, 2))
rmSync(target, { recursive: true, force: true })
renameSync(draft, target)
for (const [name, hashed] of Object.entries(manifest)) {
  const bytes = readFileSync(join(target, hashed))
  console.log(`${relative(root, join(target, hashed)).padEnd(48)} ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzipped (${name})`)
}
