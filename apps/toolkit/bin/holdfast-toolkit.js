#!/usr/bin/env node
import { main } from '../dist/main.js';

// Until the server has said how it ended it has failed: an event loop that runs dry must never look like success.
process.exitCode = 1;
process.exitCode = await main(process.argv.slice(2));
