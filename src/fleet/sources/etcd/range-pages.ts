// Reads all keys under a prefix as they were at one revision, in pages that fit into messages whatever their values are.

import { type Etcd, EtcdError, type RangePage } from "../../../etcd/etcd.js";
import { nextAfter } from "../../../etcd/next-after.js";

/** Some 500 kB of leases: large enough for 200,000 keys in a few seconds, small enough that etcd and this process stay responsive. */
const entriesPerPageMax = 1_000;

export interface PagesRequest {
  readonly prefix: string;
  /** Default: as it is when the first page is read; all pages show that revision. */
  readonly revision?: bigint;
  readonly keysOnly?: boolean;
}

/** At least one page. Rejects with EtcdError; "compacted" when the revision was compacted away meanwhile. */
export async function* rangePages(
  etcd: Pick<Etcd, "range">,
  { prefix, revision: asked, keysOnly = false }: PagesRequest,
): AsyncGenerator<RangePage, void, void> {
  let revision = asked;
  let after: string | undefined;
  let limit = entriesPerPageMax;
  for (;;) {
    let page: RangePage;
    try {
      page = await etcd.range({
        prefix,
        limit,
        keysOnly,
        ...(after === undefined ? {} : { after }),
        ...(revision === undefined ? {} : { revision }),
      });
    } catch (error) {
      // Values of strangers may be so large that a page of them is no message any more; one alone always is.
      if (!(error instanceof EtcdError) || error.code !== "refused" || limit === 1) throw error;
      limit = Math.ceil(limit / 4);
      continue;
    }
    revision ??= page.revision;
    yield page;
    const last = page.entries.at(-1)?.key;
    if (!page.more || last === undefined) return;
    after = nextAfter(last, after);
    limit = Math.min(limit * 2, entriesPerPageMax);
  }
}
