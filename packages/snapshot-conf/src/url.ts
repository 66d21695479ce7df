/** Why a text cannot be the URL of a DirectoryStorageToolkit; undefined when it can. Never quotes the text. */
export function urlProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return 'its URL cannot be understood';
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return 'its URL begins with neither http: nor https:';
  if (url.username !== '' || url.password !== '') {
    return 'its URL holds a user name or password, which belong into the access file';
  }
  return undefined;
}
