import assert from "node:assert/strict";
import { Problem_Severity } from "@portlease/proto/portlease/v1/admin_service.js";
import {
  ListProblemsRequest,
  type ListProblemsResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import { listProblems } from "#fleet/api/list-problems.js";
import { fleetLab, type FleetLab, sampleProblem } from "../../support/fleet-samples.js";

describe("ListProblems", () => {
  let lab: FleetLab;

  const list = (request: Partial<ListProblemsRequest> = {}): ListProblemsResponse =>
    listProblems(lab.view, ListProblemsRequest.fromPartial(request));
  const named = ({ problems }: ListProblemsResponse): readonly string[] =>
    problems.map(({ hostId, problem }) => `${hostId} ${problem?.reason ?? ""}`);

  beforeEach(() => {
    lab = fleetLab();
    const full = sampleProblem({ severity: "critical", reason: "POOL_FULL" });
    const known = sampleProblem({ severity: "info", reason: "BLOCK_DRAINING" });
    lab.host("a", { problems: [known] });
    lab.host("b", { problems: [full, sampleProblem()] });
  });

  it("lists the worst first, page by page", () => {
    const all = named(list());
    assert.deepEqual(all, ["b POOL_FULL", "b POOL_NEARLY_FULL", "a BLOCK_DRAINING"]);
    const first = list({ pageSize: 1 });
    assert.equal(first.totalSize, 3);
    assert.deepEqual(named(list({ pageToken: first.nextPageToken })), all.slice(1));
  });

  it("lists those of one host, or those that are bad enough", () => {
    assert.deepEqual(named(list({ hostId: "a" })), ["a BLOCK_DRAINING"]);
    assert.deepEqual(named(list({ hostId: "nobody" })), []);
    const atLeast = (minSeverity: Problem_Severity) => list({ minSeverity }).totalSize;
    assert.equal(atLeast(Problem_Severity.SEVERITY_CRITICAL), 1);
    assert.equal(atLeast(Problem_Severity.SEVERITY_WARNING), 2);
    assert.equal(atLeast(Problem_Severity.SEVERITY_INFO), 3);
    assert.throws(() => list({ minSeverity: 77 as Problem_Severity }), { code: "field_invalid" });
  });

  it("goes on where it was when another problem came first, and when the last one is mended", () => {
    const { nextPageToken: pageToken } = list({ pageSize: 2 });
    lab.host("c", { problems: [sampleProblem({ severity: "critical", reason: "READ_ONLY" })] });
    assert.deepEqual(named(list({ pageToken })), ["a BLOCK_DRAINING"]);
    lab.host("c", { problems: [] });
    lab.host("b", { problems: [] });
    assert.deepEqual(named(list({ pageToken })), []);
  });

  it("comes to an end also where a broker says the same twice", () => {
    lab.host("a", { problems: [sampleProblem(), sampleProblem(), sampleProblem()] });
    let pages = 0;
    let pageToken = "";
    do {
      ({ nextPageToken: pageToken } = list({ pageSize: 1, pageToken }));
      pages += 1;
    } while (pageToken !== "" && pages < 100);
    assert.equal(pages, list().totalSize);
  });

  it("takes the token of a page only for the same question", () => {
    const { nextPageToken: pageToken } = list({ pageSize: 1 });
    assert.throws(() => list({ hostId: "a", pageToken }), { code: "page_token_invalid" });
  });
});
