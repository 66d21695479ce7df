#!/usr/bin/env node
'use strict';

require('./load.js').start(['snapshot', ...process.argv.slice(2)]);
