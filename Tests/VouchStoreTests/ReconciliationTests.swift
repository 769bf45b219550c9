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
        "CVE-1 clean_unproven 2026-01-12 2026-01-12 [scanner]",
        "CVE-2 clean_unproven 2026-01-12 2026-01-12 [scanner]",
      ])
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
