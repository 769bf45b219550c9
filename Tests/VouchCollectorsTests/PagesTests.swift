import Foundation
import Testing
import VouchCollectors
@_spi(Preservation) import VouchModel

/// Pages of one listing as the HTTP transport delivers them.
struct PagesTests {
  private func diagnostics(
    _ text: String, format: String, page: Int?, isLast: Bool
  ) throws -> [String] {
    let bytes = Data(text.utf8)
    let provenance = Provenance(
      source: "test", transport: "http", endpoint: "https://example.org", name: "test.json",
      collectedAt: Instant(year: 2026, month: 10, day: 1), page: page, isLastPage: isLast,
      listing: page == nil ? nil : "test 2026-10-01")
    let item = EvidenceItem(
      sequence: 1, digest: .sha256(bytes), size: bytes.count, provenance: provenance, zone: nil,
      format: format, options: [:], content: .memory(bytes))
    let collector = try #require(Collectors.named(format))
    return Gathered(item, by: collector).diagnosticIDs.filter { $0.hasSuffix("more-pages") }
  }

  private func search(startAt: Int, _ total: Int) -> String {
    """
    {"startAt": \(startAt), "maxResults": 1, "total": \(total), "issues": [{"key": "A-1", "fields":
      {"created": "2026-07-06T09:00:00.000+0000", "priority": {"name": "P3"}}}]}
    """
  }

  @Test(arguments: [
    (0, 2, nil, true, true), (0, 1, nil, true, false), (1, 2, nil, true, true),
    (0, 2, 1, false, false), (1, 2, 2, true, false), (1, 3, 2, true, true), (0, 2, 1, true, true),
  ])
  func anAnswerAfterWhichIssuesAreMissingIsReported(
    _ startAt: Int, _ total: Int, _ page: Int?, _ isLast: Bool, _ isReported: Bool
  ) throws {
    let found = try diagnostics(
      search(startAt: startAt, total), format: "jira", page: page, isLast: isLast)
    #expect(found.isEmpty != isReported)
  }

  @Test func aNextPageThatWasNotFetchedIsReported() throws {
    let text = #"{"count": 0, "links": {"next": {"href": "https://example.org"}}, "value": []}"#
    #expect(
      try diagnostics(text, format: "ivanti_isec", page: 2, isLast: true)
        == ["ivanti_isec.more-pages"])
    #expect(try diagnostics(text, format: "ivanti_isec", page: 1, isLast: false).isEmpty)
  }
}
