import Foundation
import Testing
import VouchModel

@testable import VouchPackages

/// The pages of scanner, patch manager and live patcher.
@Suite struct PatchPagesTests {
  private func page(_ name: String, language: String = "en") throws -> String {
    let pages =
      language == "en"
      ? try Sample.pages() : try Sample.pages(of: Sample.assessment, language: language)
    return try #require(pages["data/\(name).html"])
  }

  @Test(arguments: ["en", "de"])
  func everyOutcomeHasItsNameItsMeaningAndItsEvidence(language: String) throws {
    let html = try page("patching", language: language)
    for outcome in PatchSample.outcomes {
      #expect(html.contains("id=\"outcome-\(outcome)\""), "\(outcome)")
      #expect(!html.contains("patching.outcome"), "\(outcome)")
    }
    let ids = HTMLReader(html).values(of: "href").filter { $0.hasPrefix("#outcome-") }
    #expect(ids == PatchSample.outcomes.map { "#outcome-\($0)" })
  }

  /// Words that only the data asks for are in no list of required ones.
  @Test(arguments: ["en", "de"])
  func noWordIsMissing(language: String) throws {
    let file = try #require(
      RepositoryTemplates().template("templates/packages/soc2/strings/\(language).yaml"))
    let words = try Words(file)
    let matched = [
      "asset_id", "alias", "agent_id", "cloud_id", "fqdn", "hostname", "mac", "address",
      "conflict", "none",
    ]
    let keys =
      PatchSample.outcomes.flatMap { ["outcome.\($0)", "meaning.\($0)"] }
      + PairSeverity.allCases.map { "severity.\($0)" }
      + Identity.Strength.allCases.map { "strength.\($0)" } + matched.map { "matchedBy.\($0)" }
      + Book.patchingFamily.map { "page.\($0.dropLast(5))" }
      + PatchSample.story.differences.flatMap {
        ["difference.\($0.kind)", "differenceText.\($0.kind)"]
      }
      + ["applied", "unpatched", "unsupported", "error", "needs_reboot"].map { "liveState.\($0)" }
      + [
        "inventory_entered", "scanner_credentials", "scanner_kernel", "scanner_hidden",
        "patch_manager_own", "patch_manager_cves", "live_patcher_kernel", "live_patcher_stale",
      ].map { "blind.\($0)" }
    for key in keys { #expect(words.has("patching.\(key)"), "\(language): \(key)") }
  }

  @Test func theClockRuleIsPrinted() throws {
    let html = try page("patching")
    #expect(html.contains("starts with the end of the first scan that saw the CVE on the host"))
    #expect(html.contains("proves nothing fixed"))
    #expect(html.contains("is aged to 2026-10-01 00:00 UTC"))
  }

  @Test func aCappedListSaysHowManyThereAreAndWhereTheyStand() throws {
    let html = try page("patching")
    #expect(html.contains("Open late, by name (250)"))
    #expect(html.contains("Rows 1 to 4 of 250"))
    #expect(html.contains("workpapers/patching/late.csv"))
    #expect(try page("tools").contains("and 1,498 more"))
    #expect(try page("identity").contains("and 299 more"))
  }

  @Test func theViewsOfTheToolsStandSideBySide() throws {
    let html = try page("patching")
    #expect(html.contains("reported and accepted there, last on 2026-07-20"))
    #expect(html.contains("installed 2026-07-16, waits for a restart"))
    #expect(html.contains("loaded patch set does not list it; not the newest patch set; hides"))
    #expect(html.contains("never reported"))
  }

  @Test func aServiceThatCannotKeepBothPromisesHasItsReasons() throws {
    let html = try page("promises")
    #expect(html.contains("Restarts for patches took 15 minutes; the target allows 13.2"))
    #expect(html.contains("Patch windows lay up to 42 days apart; patches are promised within 30"))
    #expect(html.contains("that is 97.5 minutes a year; the target allows 52.6"))
    #expect(html.contains("The records do not tell."))
    // Cut, not rounded: 99.99699 is not 99.997.
    #expect(html.contains("99.996") && !html.contains("99.997"))
  }

  @Test func aPackageWithoutAnyOfItHasNoSuchPages() throws {
    var pages: Set<String> = []
    let source = SOC2Pages(templates: RepositoryTemplates())
    try source.pages(of: Sample.pageInput(Sample.assessment, patching: nil)) { page in
      pages.insert(page.path)
      #expect(!String(decoding: page.bytes, as: UTF8.self).contains("patching.html"))
    }
    #expect(!pages.contains("data/patching.html"))
  }

  @Test func theWorkpapersHaveTheWholeLists() throws {
    let tables = Workpapers(Sample.pageInput(Sample.assessment)).patching
    #expect(
      tables.map(\.path) == [
        PackageLayout.patchingLate, PackageLayout.patchingViews, PackageLayout.patchingHosts,
        PackageLayout.patchingIdentities, PackageLayout.patchingRestarts,
      ])
    var rows: [Int] = []
    for table in tables {
      var count = 0
      try table.rows { cells in
        count += 1
        #expect(cells.count == table.columns.count, "\(table.name)")
      }
      rows.append(count)
    }
    #expect(rows == [7, 6, 2, 4, 4])
  }
}
