import GRDB
import Testing
import VouchModel

/// What scanner, patch manager and live patcher say of a CVE on a host, and what follows.
struct ReconciliationTests {
  /// `cve outcome fixed scanner-fixed [tools]` of every CVE.
  private func outcomes(_ scans: [String]) throws -> [String] {
    try derived(scans) { db in
      try Row.fetchAll(db, sql: "SELECT * FROM cve_outcome ORDER BY cve").map { row in
        "\(row["cve"] as String) \(row["outcome"] as String) \(day(row, "fixed_at")) \(day(row, "scanner_fixed_at")) [\(row["seen_by"] as String)]"
      }
    }
  }

  private let seen = "2026-01-05 p\nhost h yes\nh 100 3 CVE-1,CVE-2"
  private let clean = "2026-01-12 p\nhost h yes"
  private let seenAgain = "2026-01-12 p\nhost h yes\nh 100 3 CVE-1,CVE-2"

  @Test func everyCVEOfAnItemCounts() throws {
    #expect(
      try outcomes([seen]) == ["CVE-1 open open open [scanner]", "CVE-2 open open open [scanner]"])
  }

  @Test func aPackageThatTheNextScanConfirmsIsFixedAtItsOwnTime() throws {
    let patch =
      "2026-01-13 patches\npatch h CVE-1 applied 2026-01-07\npatch h CVE-2 applied 2026-01-08"
    #expect(
      try outcomes([seen, clean, patch]) == [
        "CVE-1 patched 2026-01-08 2026-01-12 [scanner patch_manager]",
        "CVE-2 patched 2026-01-08 2026-01-12 [scanner patch_manager]",
      ])
  }

  @Test func aPackageForOneOfTwoCVEsDoesNotFixTheItemEarlier() throws {
    let patch = "2026-01-13 patches\npatch h CVE-1 applied 2026-01-07"
    #expect(
      try outcomes([seen, clean, patch]) == [
        "CVE-1 patched 2026-01-12 2026-01-12 [scanner patch_manager]",
        "CVE-2 fixed_by_scan_only 2026-01-12 2026-01-12 [scanner]",
      ])
  }

  @Test func aLivePatchFixesWhatTheScannerStillReports() throws {
    let live = "2026-01-08 live\nlive h applied CVE-1,CVE-2"
    #expect(
      try outcomes([seen, seenAgain, live]) == [
        "CVE-1 live_patched 2026-01-08 open [scanner live_patcher]",
        "CVE-2 live_patched 2026-01-08 open [scanner live_patcher]",
      ])
  }

  @Test func aLivePatchWithoutTheCVEFixesNothing() throws {
    let live = "2026-01-08 live\nlive h applied CVE-1"
    #expect(
      try outcomes([seen, live]) == [
        "CVE-1 open open open [scanner live_patcher]", "CVE-2 open open open [scanner]",
      ])
  }

  @Test func anUnloadedLivePatchProvesNothingAnyMore() throws {
    let live = [
      "2026-01-08 live\nlive h applied CVE-1,CVE-2", "2026-01-20 live\nlive h unpatched -",
    ]
    #expect(try outcomes([seen] + live).allSatisfy { $0.contains(" open open open ") })
  }

  @Test func aCleanScanProvesNothingWhereTheLivePatcherHidesPackages() throws {
    let live = "2026-01-20 live\nlive h unpatched - hides"
    #expect(
      try outcomes([seen, clean, live]) == [
        "CVE-1 clean_unproven open 2026-01-12 [scanner]",
        "CVE-2 clean_unproven open 2026-01-12 [scanner]",
      ])
    #expect(try states([seen, clean, live]) == ["CVE-1,CVE-2 fixed open by - clean 2026-01-12"])
  }

  @Test func whereThePackagesAreHiddenAFindingIsFixedWhenARecordProvesTheLastOfItsCVEs() throws {
    let patch = "2026-01-20 patches\npatch h CVE-1 applied 2026-01-07"
    let half = "2026-01-20 live\nlive h unpatched - hides"
    #expect(
      try outcomes([seen, clean, patch, half]) == [
        "CVE-1 patched 2026-01-12 2026-01-12 [scanner patch_manager]",
        "CVE-2 clean_unproven open 2026-01-12 [scanner]",
      ])
    #expect(
      try states([seen, clean, patch, half]) == ["CVE-1,CVE-2 fixed open by - clean 2026-01-12"])
    let both = "2026-01-20 live\nlive h applied CVE-2 hides"
    #expect(
      try outcomes([seen, clean, patch, both]) == [
        "CVE-1 patched 2026-01-20 2026-01-12 [scanner patch_manager]",
        "CVE-2 live_patched 2026-01-20 2026-01-12 [scanner live_patcher]",
      ])
    #expect(
      try states([seen, clean, patch, both]) == [
        "CVE-1,CVE-2 fixed 2026-01-20 by patch clean 2026-01-12"
      ])
  }

  @Test func anotherHostIsNotTouchedByWhatOneHides() throws {
    let others = ["2026-01-05 p\nhost g yes\ng 100 3 CVE-3", "2026-01-12 p\nhost g yes"]
    let live = "2026-01-20 live\nlive h unpatched - hides"
    #expect(
      try outcomes(others + [live]) == ["CVE-3 fixed_by_scan_only 2026-01-12 2026-01-12 [scanner]"])
    #expect(try states(others + [live]) == ["CVE-3 fixed 2026-01-12 by scan clean 2026-01-12"])
  }

  // MARK: Findings with their own dates

  /// `cves fixed by clean` of every finding.
  private func states(_ scans: [String], cutoff: String = "2027-01-01") throws -> [String] {
    try derived(scans, cutoff: cutoff) { db in
      try Row.fetchAll(
        db,
        sql:
          "SELECT fixed_at, scanner_fixed_at, coalesce(closed_by, '-') AS by, (SELECT group_concat(value) FROM json_each(cves)) AS cves FROM finding ORDER BY cves"
      ).map { row in
        "\(row["cves"] as String) fixed \(day(row, "fixed_at")) by \(row["by"] as String) clean \(day(row, "scanner_fixed_at"))"
      }
    }
  }

  private let listed = "2026-02-01 listing\nlisted h CVE-1,CVE-2 open 2026-01-05 2026-02-01"
  private let gone =
    "2026-02-01 listing\nlisted h CVE-1,CVE-2 fixed 2026-01-05 2026-01-09 2026-01-12"

  @Test func aListedFindingHasAnOutcomeForEachOfItsCVEs() throws {
    #expect(
      try outcomes([listed]) == [
        "CVE-1 open open open [scanner]", "CVE-2 open open open [scanner]",
      ])
    #expect(
      try outcomes([gone]) == [
        "CVE-1 fixed_by_scan_only 2026-01-12 2026-01-12 [scanner]",
        "CVE-2 fixed_by_scan_only 2026-01-12 2026-01-12 [scanner]",
      ])
    #expect(
      try outcomes(["2026-02-01 listing\nlisted h CVE-1 accepted 2026-01-05 2026-02-01"])
        == ["CVE-1 accepted_in_scanner open open [scanner]"])
  }

  @Test func theOutcomeOfAListedFindingSaysWhereItStands() throws {
    let places = try derived([listed]) { db in
      try String.fetchAll(db, sql: "SELECT place FROM cve_outcome WHERE evidence IS NOT NULL")
    }
    #expect(places == ["R1", "R1"])
  }

  @Test func aListedFindingIsProvenByTheOtherToolsLikeAScannedOne() throws {
    let patch =
      "2026-01-13 patches\npatch h CVE-1 applied 2026-01-10\npatch h CVE-2 applied 2026-01-11"
    #expect(
      try states([gone, patch]) == ["CVE-1,CVE-2 fixed 2026-01-11 by patch clean 2026-01-12"])
    let live = "2026-01-08 live\nlive h applied CVE-1,CVE-2"
    #expect(
      try states([listed, live]) == ["CVE-1,CVE-2 fixed 2026-01-08 by live_patch clean open"])
    #expect(
      try outcomes([listed, live]).allSatisfy { $0.contains(" live_patched 2026-01-08 open ") })
    let hides = "2026-01-20 live\nlive h unpatched - hides"
    #expect(try states([gone, hides]) == ["CVE-1,CVE-2 fixed open by - clean 2026-01-12"])
    #expect(
      try outcomes([gone, hides]).allSatisfy { $0.contains(" clean_unproven open 2026-01-12 ") })
  }

  @Test func ofTwoScannersTheOneThatStillSeesTheCVECounts() throws {
    #expect(try outcomes([gone, seenAgain]).allSatisfy { $0.contains(" open open open ") })
    #expect(try outcomes([listed, seen, clean]).allSatisfy { $0.contains(" open open open ") })
  }

  @Test func aFixAfterTheDayThatIsAskedAboutIsNone() throws {
    let before = try derived([gone], cutoff: "2026-01-11") { db in
      try String.fetchAll(db, sql: "SELECT outcome FROM cve_outcome")
    }
    #expect(before == ["open", "open"])
  }

  @Test func aPackageThatWaitsForARestartIsNotAFix() throws {
    let patch =
      "2026-01-13 patches\npatch h CVE-1 awaiting 2026-01-07\npatch h CVE-2 awaiting 2026-01-07"
    #expect(
      try outcomes([seen, seenAgain, patch]).allSatisfy { $0.contains(" awaiting_reboot open ") })
  }

  @Test func anAcceptanceInTheScannerIsShownAsOne() throws {
    #expect(
      try outcomes(["2026-01-05 p\nhost h yes\nh 100 3 CVE-1 accepted"])
        == ["CVE-1 accepted_in_scanner open open [scanner]"])
  }

  @Test func whatComesBackIsReopened() throws {
    let back = "2026-01-26 p\nhost h yes\nh 100 3 CVE-1,CVE-2"
    #expect(try outcomes([seen, clean, back]).allSatisfy { $0.contains(" reopened open ") })
  }

  @Test func whatOnlyThePatchManagerMissesIsListed() throws {
    #expect(
      try outcomes(["2026-01-13 patches\npatch h CVE-9 missing"])
        == ["CVE-9 missing_in_patch_manager_only open open [patch_manager]"])
  }
}
