import Foundation
import Testing
import VouchModel

@testable import VouchPackages

@Suite struct PageSplitTests {
  @Test func noPageIsAbove2MBAndEveryRowStandsOnce() throws {
    let pages = try Sample.longPages()
    #expect(pages.allSatisfy { $0.value.utf8.count <= 2_000_000 })
    let rows = pages.filter { $0.key.hasPrefix("data/controls/VM-02") }.values
      .flatMap { HTMLReader($0).values(of: "id") }.filter { $0.hasPrefix("VM-02-A-") }
    #expect(rows.count == 4000)
    #expect(Set(rows).count == 4000)
  }

  @Test func aContinuedTableLeadsToItsOtherPagesAndToTheWholeFile() throws {
    let pages = try Sample.longPages()
    for name in ["VM-02.html", "VM-02-2.html", "VM-02-3.html"] {
      let links = HTMLReader(try #require(pages["data/controls/\(name)"])).values(of: "href")
      #expect(links.contains("../workpapers/deviations.csv"))
      #expect(Set(links).isSuperset(of: ["VM-02.html", "VM-02-2.html", "VM-02-3.html"]))
    }
    let second = try #require(pages["data/controls/VM-02-2.html"])
    #expect(second.contains("<h1>VM-02 · Deviations</h1>"))
    #expect(second.contains("of 4,000</span>"))
  }

  private static var evidence: [EvidenceRow] {
    (1...1000).map { number in
      EvidenceRow(
        evidence: number, digest: .sha256("\(number)"), size: number,
        provenance: Provenance(
          source: "scan", transport: "file", endpoint: "scans/\(number).nessus",
          name: "\(number).nessus", collectedAt: Sample.at(2026, 8, 1)),
        format: "nessus", effectiveAt: nil, coversFrom: nil, coversTo: nil, recordCount: 1,
        reportedTotal: nil, isComplete: true)
    }
  }

  @Test func ofAThousandFilesAControlNamesThoseOfItsDeviationsFirstAndLeadsToAll() throws {
    let one = try #require(Sample.conclusions.first { $0.control.id == "VM-02" })
    let slice = try #require(one.slices.first)
    let item = ItemResult(
      item: "h-950", attribute: "A", result: .false, decides: true, waiver: nil, evidence: 950,
      place: "L7")
    let conclusion = Conclusion(
      control: one.control, owner: one.owner,
      slices: [
        Sample.slice(
          slice.slice, .fail, one.reason, population: 9, deviations: 1, of: one.control,
          items: [item])
      ], verdict: .fail, reason: one.reason, gaps: [], evidence: Array(1...1000))
    let pages = try Sample.pages(
      of: Sample.assessment(conclusions: [conclusion], evidence: Self.evidence))
    let own = pages.filter { $0.key.hasPrefix("data/controls/VM-02") }.values.joined()
    #expect(own.contains("<code>950.nessus</code>"))
    #expect(own.contains("<code>99.nessus</code>"))
    #expect(!own.contains("<code>100.nessus</code>"))
    let first = try #require(pages["data/controls/VM-02.html"])
    #expect(first.contains("of 1,000</span>"))
    #expect(HTMLReader(first).values(of: "href").contains("../evidence.html"))
  }

  @Test func evidenceIsFoundOnThePageThatHasIt() throws {
    let evidence = Self.evidence
    let pages = try Sample.pages(
      of: Sample.assessment(
        conclusions: Sample.conclusions.map { old in
          Conclusion(
            control: old.control, owner: old.owner, slices: old.slices, verdict: old.verdict,
            reason: old.reason, gaps: old.gaps, evidence: Array(1...1000))
        }, evidence: evidence))
    #expect(pages.keys.contains("data/evidence-2.html"))
    #expect(pages.allSatisfy { $0.value.utf8.count <= 2_000_000 })
    let ids = pages.mapValues { Set(HTMLReader($0).values(of: "id")) }
    for (path, html) in pages where path.hasPrefix("data/controls/LOG-01") {
      for href in HTMLReader(html).values(of: "href") where href.contains("evidence") {
        let parts = href.split(separator: "#")
        guard parts.count == 2, href.contains(".html") else { continue }
        let target = "data/" + parts[0].replacing("../", with: "")
        #expect(ids[target]?.contains(String(parts[1])) == true, "\(path): \(href)")
      }
    }
  }

  @Test func aTextOfAMegabyteDoesNotMakeAPageOfIt() throws {
    let huge = String(repeating: "<&\"", count: 1 << 19)
    let conclusions = Sample.conclusions.map { old in
      Conclusion(
        control: old.control, owner: huge,
        slices: old.slices.map { slice in
          Sample.slice(
            slice.slice, slice.verdict, huge, population: 9, deviations: 9, of: old.control,
            items: (0..<9).map {
              .init(
                item: "\($0)\(huge)", attribute: "A", result: .false, decides: true, waiver: nil,
                evidence: 1, place: huge)
            })
        }, verdict: old.verdict, reason: huge, gaps: old.gaps, evidence: old.evidence,
        response: huge)
    }
    let pages = try Sample.pages(of: Sample.assessment(conclusions: conclusions))
    #expect(pages.allSatisfy { $0.value.utf8.count <= 2_000_000 })
    #expect(try #require(pages["data/controls/VM-02.html"]).contains("more characters]"))
  }

  @Test func aThousandControlsHaveAnOverviewInParts() throws {
    let one = try #require(Sample.conclusions.first { $0.control.id == "BCK-01" })
    let conclusions = (1000..<1700).map { number in
      Conclusion(
        control: Sample.control(
          "AVL-\(number)", "Backup \(number)", criteria: ["A1.2", "CC7.5"],
          attributes: one.control.attributes),
        owner: one.owner, slices: one.slices, verdict: .pass, reason: one.reason, gaps: [],
        evidence: [])
    }
    let pages = try Sample.pages(of: Sample.assessment(conclusions: conclusions))
    #expect(pages.allSatisfy { $0.value.utf8.count <= 2_000_000 })
    let rows = pages.filter { $0.key.hasPrefix("data/index") }.values
      .flatMap { HTMLReader($0).values(of: "id") }.filter { $0.hasPrefix("AVL-") }
    #expect(rows.count == 700)
  }
}
