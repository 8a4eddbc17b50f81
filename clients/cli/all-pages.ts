// Reads lists of the broker to their end, in its largest pages.

/** The largest page the broker gives. */
export const pageSizeMax = 1_000;

/** The items of all pages, in order. `fetch` gets "" first, then the next_page_token of the page before. */
export async function allPages<Item, Page extends { readonly nextPageToken: string }>(
  fetch: (pageToken: string) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[],
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let pageToken = "";
  do {
    const page = await fetch(pageToken);
    items.push(...itemsOf(page));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return items;
}
