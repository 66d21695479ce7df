import { HoldfastError } from '@holdfast/errors';
import type { Buildout } from './buildout.js';

const RECIPE = /^collective\.recipe\.backup\b/;

/**
 * The part to take: the one that is named, or the only one of collective.recipe.backup.
 *
 * @throws HoldfastError `init.unreadable` that names the parts there are
 */
export function choosePart(buildout: Buildout, path: string, wanted: string | undefined): string {
  const parts = buildout.sections.filter((name) => RECIPE.test(recipeOf(buildout, name)));
  const there = parts.length === 0 ? 'it has none' : `it has ${parts.map((name) => `[${name}]`).join(', ')}`;
  const fail = (message: string, hint: string) =>
    new HoldfastError('init.unreadable', `${path}: ${message}`, { path, hint });
  if (wanted !== undefined) {
    if (parts.includes(wanted)) return wanted;
    throw fail(
      `[${wanted}] is no part of collective.recipe.backup; ${there}`,
      'Give another one with --part.',
    );
  }
  const used = (buildout.get('buildout', 'parts') ?? '').split(/\s+/);
  const listed = parts.filter((name) => used.includes(name));
  const [first, ...others] = listed.length > 0 ? listed : parts;
  if (first === undefined)
    throw fail('no part uses collective.recipe.backup', 'Give the file that buildout is started with.');
  if (others.length > 0)
    throw fail(`several parts use collective.recipe.backup: ${there}`, 'Choose one with --part.');
  return first;
}

function recipeOf(buildout: Buildout, name: string): string {
  try {
    return buildout.get(name, 'recipe') ?? '';
  } catch {
    // A recipe that refers to what is not there is none of ours.
    return '';
  }
}
