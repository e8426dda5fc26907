import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { optionKeys, specOf, variableOf } from '../../../src/cli/options.ts';
import { renderUsage } from '../../../src/cli/usage.ts';

test('the help fits one screen of 80 columns and 24 lines', () => {
  const lines = renderUsage().trimEnd().split('\n');
  assert.ok(lines.length <= 24, `${lines.length} lines`);
  for (const line of lines) assert.ok(line.length <= 80, `${line.length} columns: ${line}`);
});

test('every option is in the help, and no two share a letter or a variable', () => {
  const usage = renderUsage();
  for (const { letter, name } of optionKeys.map(specOf)) {
    assert.ok(usage.includes(`--${name}`) || usage.includes(`(-${letter}, of tini,`), name);
  }
  const letters = optionKeys.flatMap((key) => specOf(key).letter ?? []);
  assert.equal(new Set(letters).size, letters.length);
  assert.equal(new Set(optionKeys.map(variableOf)).size, optionKeys.length);
});

test('the README has the help as it is', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  assert.ok(readme.includes(renderUsage()));
});
