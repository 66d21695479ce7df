import { parseArgs } from 'node:util';
import { screen } from './screen.js';
import { makeSite, removeSite } from './site.js';
import { tour } from './tour.js';

const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });

// Ctrl-C reaches the running command as well; its end ends the tour, which then cleans up.
process.once('SIGINT', () => {});

const site = await makeSite();
try {
  await tour(site);
} catch (error) {
  screen.failed(`\ndemo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  if (values.keep) screen.text(`\nThe site is kept in ${site.directory}.`);
  else await removeSite(site);
}
