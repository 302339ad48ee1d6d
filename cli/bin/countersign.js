#!/usr/bin/env node
// The program as it is installed: the bundle does the work.
import '../dist/bundle/main.js';
