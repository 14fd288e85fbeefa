/** Names of the vocabulary as words: `book_not_live` → "book not live". The name itself stays the one to search for. */
export function spaced(name: string): string {
  return name.replaceAll("_", " ");
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
