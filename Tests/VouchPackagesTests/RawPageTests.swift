import Foundation
import Testing
import VouchModel

@testable import VouchPackages

/// Preserved files as people read them, beside the files themselves.
@Suite struct RawPageTests {
  private func row(_ name: String, _ format: String, _ bytes: [UInt8]) -> EvidenceRow {
    EvidenceRow(
      evidence: 1, digest: .sha256(bytes), size: bytes.count,
      provenance: Provenance(
        source: "settings", transport: "file", endpoint: name, name: name,
        collectedAt: Instant(year: 2026, month: 9, day: 1)),
      format: format, effectiveAt: nil, coversFrom: nil, coversTo: nil, recordCount: 1,
      reportedTotal: nil, isComplete: true)
  }

  /// The pages of one file, as a package has them.
  private func pages(_ name: String, _ format: String, _ bytes: [UInt8]) throws -> [String: String]
  {
    try Sample.withFolder { folder in
      let path = folder.appending(path: "raw").path
      try Data(bytes).write(to: URL(filePath: path))
      let assessment = Sample.assessment(evidence: [row(name, format, bytes)])
      let plain = Sample.pageInput(assessment)
      let input = PackageInput(
        assessment: assessment, check: [], evidencePath: { _ in path }, ledger: "", records: "",
        controlsSQL: "", expectedCSV: "", files: [], population: plain.population,
        toolVersion: "0.1.0", rulesDigest: plain.rulesDigest, pages: plain.pages)
      var all: [String: String] = [:]
      try SOC2Pages(templates: RepositoryTemplates()).pages(of: input) {
        if $0.path.hasPrefix("data/rendered/") || $0.path == "data/evidence.html" {
          all[$0.path] = String(decoding: $0.bytes, as: UTF8.self)
        }
      }
      return all
    }
  }

  private func only(_ pages: [String: String]) throws -> String {
    try #require(
      pages.filter { $0.key.hasPrefix("data/rendered/") }.min { $0.key.count < $1.key.count }?.value
    )
  }

  @Test func everyLineHasItsNumberAndItsAnchor() throws {
    let pages = try pages(
      "sshd.txt", "sshd", Array("port 22\r\npermitrootlogin no\n<b>&\u{1B}[31m\n".utf8))
    let page = try only(pages)
    #expect(page.contains("<li id=\"L2\" value=\"2\"><code>permitrootlogin no</code></li>"))
    #expect(page.contains("<code>&lt;b&gt;&amp;␛[31m</code>"))
    let index = try #require(pages["data/evidence.html"])
    let link = try #require(index.firstMatch(of: /href="(rendered\/[^"]*)"/)).1
    #expect(pages["data/\(link)"] != nil)
    #expect(page.contains("../../evidence/settings/"))
  }

  @Test func jsonIsLaidOutWithPointersAsAnchors() throws {
    let page = try only(
      pages("nft.json", "nft", Array(#"{"nftables":[{"rule":{"a/b":1}},{}]}"#.utf8)))
    #expect(page.contains("<li id=\"/nftables/0/rule/a~1b\"><code>"))
    #expect(page.contains("&quot;a/b&quot;: 1"))
  }

  @Test func aLongFileGoesOnOnNumberedPagesAndEachLineStandsOnce() throws {
    let text = (1...60_000).map { "line \($0) of a long listing of settings\n" }.joined()
    let pages = try pages("long.txt", "ufw", Array(text.utf8)).filter {
      $0.key.hasPrefix("data/rendered/")
    }
    #expect(pages.count > 1)
    #expect(pages.values.allSatisfy { $0.utf8.count <= PagePlan.limit })
    let ids = pages.values.flatMap { $0.matches(of: /id="L(\d+)"/).compactMap { Int($0.1) } }
    #expect(ids.sorted() == Array(1...60_000))
  }

  @Test func aHugeFileShowsHeadAndTailAndPointsToTheRest() throws {
    let text = (1...500_000).map { "line \($0) of a listing\n" }.joined()
    let page = try only(pages("huge.txt", "iptables_save", Array(text.utf8)))
    #expect(page.contains("line 1 of"))
    #expect(page.contains("Bytes left out"))
  }

  @Test func aBinarySettingIsShownInHexadecimal() throws {
    let page = try only(pages("x.bin", "lsblk", [0x7F, 0x45, 0x4C, 0x46, 0, 0, 1]))
    #expect(page.contains("00000000  7f 45 4c 46 00 00 01"))
  }

  @Test func anExportForProgramsGetsNoPage() throws {
    let text = String(repeating: "<ReportItem/>\n", count: 10_000)
    let pages = try pages("scan.nessus", "nessus", Array(text.utf8))
    #expect(pages.keys.allSatisfy { !$0.hasPrefix("data/rendered/") })
  }

  @Test func anAnchorLeadsToThePageThatHasIt() throws {
    let text = (1...60_000).map { "line \($0) of a long listing of settings\n" }.joined()
    try Sample.withFolder { folder in
      let path = folder.appending(path: "raw").path
      try Data(text.utf8).write(to: URL(filePath: path))
      let made = try #require(Rendition(row("l.txt", "ufw", Array(text.utf8)), path: path))
      #expect(made.link(to: "L1")?.hasSuffix("l.txt.html#L1") == true)
      #expect(made.link(to: "L60000")?.hasSuffix("l.txt~\(made.pages.count).html#L60000") == true)
      #expect(made.link(to: "R3") == nil)
    }
  }
}
