import Foundation
import Testing
import VouchModel

@testable import VouchPackages

@Suite struct PagesTests {
  @Test func hasEveryPageOfTheLayout() throws {
    let pages = try Sample.pages()
    writeIfAsked(pages)
    let lists = [
      "index", "criteria", "kpis", "evidence", "requests", "waivers", "patching", "tools",
      "identity", "promises",
    ]
    let controls = Sample.conclusions.map(\.control.id)
    #expect(
      pages.keys.sorted()
        == (["START-HERE.html"] + lists.map { "data/\($0).html" }
        + controls.map { "data/controls/\($0).html" }).sorted())
  }

  @Test func rendersTheSameBytesTwice() throws {
    #expect(try Sample.pages() == Sample.pages(of: Sample.assessment))
  }

  @Test func namesTheClientFirstAndTheProgramInTheFooterOnly() throws {
    let html = try #require(try Sample.pages()["data/index.html"])
    let body = try #require(html.firstRange(of: "<body>")?.upperBound)
    let footer = try #require(html.firstRange(of: "<footer")?.lowerBound)
    #expect(html[body..<footer].contains("Example Shop Inc."))
    #expect(!html[body..<footer].lowercased().contains("vouch"))
    #expect(html[footer...].contains("vouch 0.1.0"))
  }

  @Test(arguments: ["START-HERE.html", "data/index.html"])
  func saysIncompleteFirstWithSourcesAndCriteria(page: String) throws {
    let html = try #require(try Sample.pages()[page])
    let main = try #require(html.firstRange(of: "<main id=\"main\">")?.upperBound)
    let title = try #require(html.firstRange(of: "<h1>")?.lowerBound)
    let banner = html[main..<title]
    #expect(banner.contains("INCOMPLETE"))
    #expect(banner.contains("<b>siem</b>: <samp>the server answered 503</samp>"))
    #expect(banner.contains("criteria.html#CC7.2"))
  }

  @Test func saysNothingOfIncompletenessWhenAllIsThere() throws {
    let pages = try Sample.pages(of: Sample.complete)
    #expect(pages.allSatisfy { !$0.value.contains("INCOMPLETE") })
  }

  @Test func warnsOfIncompletenessOnEveryPage() throws {
    #expect(try Sample.pages().allSatisfy { $0.value.contains("INCOMPLETE") })
  }

  @Test func listsAll61CriteriaAlsoThoseWithoutAControl() throws {
    let html = try #require(try Sample.pages()["data/criteria.html"])
    let ids = HTMLReader(html).values(of: "id")
    #expect(Criterion.ids.allSatisfy(ids.contains))
    #expect(html.contains("No adopted control addresses this criterion."))
    let index = HTMLReader(try #require(try Sample.pages()["data/index.html"]))
    let cells = index.values(of: "href").filter { $0.hasPrefix("criteria.html#") }
    #expect(Set(cells) == Set(Criterion.ids.map { "criteria.html#\($0)" }))
  }

  /// The names and values that a verifier holds against `check.json`.
  @Test func figuresAgreeWithTheConclusion() throws {
    var seen: [String: Set<String>] = [:]
    for html in try Sample.pages().values {
      for tag in HTMLReader(html).tags where tag.attributes["data-figure"] != nil {
        seen[tag.attributes["data-figure"] ?? "", default: []].insert(tag.attributes["value"] ?? "")
      }
    }
    for conclusion in Sample.conclusions {
      let id = conclusion.control.id
      #expect(seen["\(id).verdict"] == [conclusion.verdict.rawValue])
      guard !conclusion.slices.isEmpty else { continue }
      #expect(seen["\(id).population"] == ["\(conclusion.population)"])
      #expect(seen["\(id).deviations"] == ["\(conclusion.deviations)"])
      #expect(seen["\(id).unknown"] == ["\(conclusion.unknown)"])
      #expect(seen["\(id).waived"] == ["\(conclusion.waived)"])
    }
  }

  @Test(arguments: ["en", "de"])
  func everyLinkLeadsToAPageAnIdOrAFileOfThePackage(language: String) throws {
    let requests = [AuditRequest(number: "1", text: "All", subjects: ["VM-02", "CC6.2", "K1"])]
    let pages = try Sample.pages(language: language, requests: requests)
    let ids = pages.mapValues { Set(HTMLReader($0).values(of: "id")) }
    for (path, html) in pages {
      for href in HTMLReader(html).values(of: "href") {
        let parts = href.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let target = parts[0].isEmpty ? path : resolved(String(parts[0]), from: path)
        if let known = ids[target] {
          #expect(parts.count == 1 || known.contains(String(parts[1])), "\(path): \(href)")
        } else {
          #expect(Sample.packageFiles.contains(target), "\(path): \(href) is no file")
        }
      }
    }
  }

  @Test func everyPageIsTwoClicksFromTheOverviewAtMost() throws {
    let pages = try Sample.longPages()
    func neighbours(_ path: String) -> Set<String> {
      Set(
        HTMLReader(pages[path] ?? "").values(of: "href").map { href in
          resolved(String(href.prefix { $0 != "#" }), from: path)
        }.filter { pages[$0] != nil })
    }
    let one = neighbours("data/index.html")
    let two = one.reduce(one) { $0.union(neighbours($1)) }
    #expect(Set(pages.keys).subtracting(two).isEmpty)
  }

  @Test func idsAreUniqueOnEachPage() throws {
    for (path, html) in try Sample.pages() {
      let ids = HTMLReader(html).values(of: "id")
      #expect(ids.count == Set(ids).count, "\(path)")
    }
  }

  @Test func aWorkpaperCanCiteARowByControlAttributeAndItem() throws {
    let html = try #require(try Sample.pages()["data/controls/VM-02.html"])
    let digits = Digest.sha256("web-01|51192|443").hex.prefix(8)
    let row = try #require(
      HTMLReader(html).tags.first { $0.attributes["id"] == "VM-02-A-\(digits)" })
    #expect(row.name == "tr")
  }

  @Test func numbersTheSecondRowOfAnItemThatTwoPartsOfThePeriodHave() throws {
    let html = try #require(try Sample.pages(of: Sample.twice)["data/controls/VM-02.html"])
    let stem = "VM-02-A-\(Digest.sha256("web-09|1|2").hex.prefix(8))"
    #expect(Set(HTMLReader(html).values(of: "id")).isSuperset(of: [stem, "\(stem)-2"]))
  }

  @Test func hasNoScriptAndAsksForNothing() throws {
    for (path, html) in try Sample.pages() {
      let reader = HTMLReader(html)
      #expect(
        !reader.tags.contains {
          ["script", "link", "img", "iframe", "object", "form"].contains($0.name)
        })
      #expect(
        !reader.tags.contains { $0.attributes.keys.contains { $0.hasPrefix("on") } }, "\(path)")
      #expect(
        !reader.tags.contains { $0.attributes["style"] != nil || $0.attributes["src"] != nil })
      #expect(!html.contains("http:") && !html.contains("https:") && !html.contains("@import"))
      #expect(!html.contains("url("))
    }
  }

  @Test func thePolicyAllowsTheStyleSheetOfThePageAndNothingElse() throws {
    for html in try Sample.pages().values {
      let style = try #require(html.firstMatch(of: #/<style>((?s:.*?))</style>/#)?.1)
      let digest = try #require(base64(of: Digest.sha256(String(style))))
      let policy = HTMLReader(html).tags.first { $0.attributes["http-equiv"] != nil }
      #expect(
        policy?.attributes["content"]
          == "default-src &#39;none&#39;; style-src &#39;sha256-\(digest)&#39;; img-src data:; "
          + "base-uri &#39;none&#39;; form-action &#39;none&#39;")
    }
  }

  @Test func namesManagementsColumnsAndLeavesTheAuditorsEmpty() throws {
    let html = try #require(try Sample.pages()["data/controls/IAM-04.html"])
    for column in [
      "Management&#39;s evaluation procedure", "Management&#39;s result", "Auditor&#39;s test",
      "Auditor&#39;s result",
    ] { #expect(html.contains(">\(column)</th>")) }
    let cells = HTMLReader(html).tags.filter {
      $0.name == "td" && $0.attributes["class"] == "auditor"
    }
    #expect(cells.count == 4)
    #expect(cells.allSatisfy { $0.text.isEmpty })
  }

  @Test func aControlsPageShowsItsPopulationDifferencesAndResponse() throws {
    let html = try #require(try Sample.pages()["data/controls/IAM-04.html"])
    #expect(html.contains("in payroll, not in the roster"))
    #expect(html.contains("Left before the system was taken over"))
    #expect(html.contains("not explained"))
    #expect(html.contains("No sign-in took place. (Robin Ashby)"))
    #expect(html.contains("../workpapers/populations/IAM-04.csv"))
    #expect(html.contains("SELECT person_id AS item, evidence, place FROM person WHERE 1 &lt; 2"))
    let row = try #require(Sample.evidence.first { $0.evidence == 2 })
    #expect(html.contains("../\(PackageLayout.evidence(row).dropFirst(5))"))
    #expect(html.contains("\(row.label)#R3"))
    #expect(html.contains(row.digest.hex))
  }

  @Test func aPartOfThePeriodShowsItsOwnParameters() throws {
    let html = try #require(try Sample.pages()["data/controls/VM-02.html"])
    #expect(html.contains("2026-07-01 to 2026-08-14"))
    #expect(html.contains("2026-08-15 to 2026-09-30"))
    #expect(html.contains("<code>vuln_sla_days.high</code></th><td>30</td>"))
    #expect(html.contains("<code>vuln_sla_days.high</code></th><td>14</td>"))
  }

  @Test func aWaivedItemKeepsItsRealResult() throws {
    let html = try #require(try Sample.pages()["data/controls/VM-02.html"])
    let digits = Digest.sha256("web-01|19506|0").hex.prefix(8)
    let row = try #require(
      html.firstMatch(of: try Regex("<tr id=\"VM-02-A-\(digits)\".*?</tr>"))?.0)
    #expect(row.contains("A false"))
    #expect(row.contains("waivers.html#W-1"))
  }

  @Test func aFigureThatIsNotAvailableIsNotZero() throws {
    let html = try #require(try Sample.pages()["data/kpis.html"])
    #expect(
      html.contains("<th scope=\"row\">api</th><td>gross</td><td class=\"n\">not available</td>"))
    #expect(html.contains("no samples for api"))
  }

  @Test func aMidnightIsTheEndOfTheDayBefore() throws {
    let html = try #require(try Sample.pages()["data/index.html"])
    #expect(html.contains("end of 2026-09-30<br><small>2026-10-01 00:00 UTC</small>"))
  }

  @Test func aCategoryOutOfScopeHasNoVerdict() throws {
    let html = try #require(try Sample.pages()["data/index.html"])
    let row = try #require(html.firstMatch(of: #/<th scope="row">Privacy<.*?<\/tr>/#)?.0)
    #expect(row.contains("Not in scope"))
    #expect(!row.contains("Pass") && !row.contains("Insufficient"))
  }

  @Test func anUnsignedPackageSaysSo() throws {
    let unsigned = try #require(try Sample.pages()["START-HERE.html"])
    #expect(unsigned.contains("The package is not signed."))
    let signed = try #require(try Sample.pages(isSigned: true)["START-HERE.html"])
    #expect(signed.contains("tagmanifest-sha256.txt.sig"))
    #expect(!signed.contains("not signed"))
  }

  @Test func theCoverVerifiesInThreeCommands() throws {
    let html = try #require(try Sample.pages()["START-HERE.html"])
    let commands = html.matches(of: #/<li><p>.*?<code>(.*?)<\/code>/#).map { String($0.1) }
    #expect(
      commands == [
        "sha256sum --quiet -c tagmanifest-sha256.txt manifest-sha256.txt", "vouch verify .",
        "vouch reperform .",
      ])
  }

  @Test func saysWhenTheWorkspaceLaidItOut() throws {
    let folder = SOC2Pages.folder
    let text = try #require(RepositoryTemplates().template("\(folder)/pager.mustache")).text
    let own = RepositoryTemplates(replaced: ["\(folder)/pager.mustache": "\(text)\n"])
    let html = try #require(try Sample.pages(templates: own)["data/index.html"])
    #expect(html.contains("templates/packages/soc2/pager.mustache"))
  }

  private func resolved(_ href: String, from page: String) -> String {
    var parts = page.split(separator: "/").dropLast().map(String.init)
    for part in href.split(separator: "/") {
      if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
    }
    return parts.joined(separator: "/")
  }

  private func base64(of digest: Digest) -> String? {
    var data = Data()
    var rest = digest.hex[...]
    while let byte = UInt8(rest.prefix(2), radix: 16) {
      data.append(byte)
      rest = rest.dropFirst(2)
    }
    return data.base64EncodedString()
  }

  /// Leaves the sample's pages in a folder, to look at them.
  private func writeIfAsked(_ pages: [String: String]) {
    guard let out = ProcessInfo.processInfo.environment["VOUCH_PAGES_OUT"] else { return }
    for (path, text) in pages {
      let url = URL(filePath: out).appending(path: path)
      try? FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try? Data(text.utf8).write(to: url)
    }
  }
}
