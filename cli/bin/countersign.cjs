#!/usr/bin/env node
// The program as it is installed: one script, and beside it V8's code cache of it, which saves a third of the start. They are made
// together, and V8 refuses the cache of another version of itself; then the script is compiled as usual.
'use strict';
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

const folder = join(__dirname, '../dist/bundle');
const file = join(folder, 'main.cjs');

function codeCache() {
  try {
    return readFileSync(`${file}.cache`);
  } catch {
    return undefined;
  }
}

// The script asks for the same few modules once for each of its parts.
const loaded = new Map();
const requireOnce = (name) => {
  if (!loaded.has(name)) loaded.set(name, require(name));
  return loaded.get(name);
};

const importModule = (name) => import(name.startsWith('./') ? pathToFileURL(join(folder, name)).href : name);
const program = new Script(readFileSync(file, 'latin1'), { filename: file, cachedData: codeCache() });
program.runInThisContext()({}, requireOnce, module, file, folder, importModule);
