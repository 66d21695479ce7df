#!/usr/bin/env node
'use strict';

require('./load.js').start(['repozo', ...process.argv.slice(2)]);
