#!/usr/bin/env node
'use strict';

require('./load.js').start(process.argv.slice(2));
