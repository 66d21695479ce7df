import type { PartReader } from './part-reader.js';

const RECIPES = ['plone.recipe.zeoserver', 'plone.recipe.zope2instance', 'plone.recipe.zope2zeoserver'];

/** The first value that a part of Zope or ZEO has for an option; parts in the order of `[buildout] parts`. */
export function zopeOption(reader: PartReader, option: string): string | undefined {
  for (const part of (reader.of('buildout', 'parts') ?? '').split(/\s+/)) {
    if (!RECIPES.includes((reader.of(part, 'recipe') ?? '').toLowerCase())) continue;
    const value = reader.of(part, option);
    if (value === undefined || value === '') continue;
    if (option !== 'recipe') reader.note(`${option} comes from the part [${part}]: ${value}`);
    return value;
  }
  return undefined;
}
