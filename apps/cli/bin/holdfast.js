#!/usr/bin/env node
import { main } from '../dist/holdfast.js';

process.exitCode = await main(process.argv.slice(2));
