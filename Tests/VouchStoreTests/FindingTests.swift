import Foundation
import GRDB
import Testing
import VouchModel
import VouchStore

/// A scanner of few words: each line of the evidence is `host plugin severity`.
///
/// The first line says when the scan ended and under which policy; a host line says whether its
/// login worked. `patch host cve applied|missing|awaiting day` and `live host state cves flags` are
/// lines of the other two tools.
enum ScriptedScan: Collector {
  static let format = "scripted"
  static let summary = "scans for tests"
  static let gives: [RecordType] = [.scan, .scan_host, .finding, .patch_event, .live_patch]
  static func recognises(_ head: Head) -> Bool { true }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    let lines = String(decoding: try item.bytes(), as: UTF8.self).split(separator: "\n")
    let head = lines[0].split(separator: " ").map(String.init)
    let at = try #require(WrittenTime(iso: head[0])).local
    var scan = Record(.scan, place: "L1")
    scan["scan_id"] = .text(head[0])
    scan["tool"] = .text("scripted")
    scan["policy"] = .text(head[1])
    scan["ended_at"] = .instant(at)
    scan["status"] = .text("completed")
    reading.append(scan)
    reading.scan(head[0], tool: "scripted")
    for (index, line) in lines.enumerated().dropFirst() {
      let words = line.split(separator: " ").map(String.init)
      if words[0] == "host" {
        var host = Record(.scan_host, place: "L\(index + 1)")
        host["scan_id"] = .text(head[0])
        host["asset_id"] = .text(words[1])
        host["seen"] = .flag(true)
        host["credentialed"] = .flag(words[2] == "yes")
        host["ended_at"] = words[2] == "unfinished" ? .null : .instant(at)
        host["started_at"] = .instant(at.advanced(by: -600))
        reading.append(host)
      } else if words[0] == "listed" {
        // A finding with its own dates: `listed host cves open|fixed first last [fixed]`.
        var finding = Record(.finding, place: "R\(index)", at: at)
        finding["finding_key"] = .text("\(words[1])|\(words[2])|0/tcp")
        finding["asset_id"] = .text(words[1])
        finding["cves"] = .list(words[2].split(separator: ",").map(String.init))
        finding["severity"] = .text("high")
        finding["severity_rank"] = .integer(3)
        finding["first_seen"] = .instant(try #require(WrittenTime(iso: words[4])).local)
        finding["last_seen"] = .instant(try #require(WrittenTime(iso: words[5])).local)
        finding["accepted_in_scanner"] = .flag(words[3] == "accepted")
        if words[3] == "fixed" {
          finding["fixed_at"] = .instant(try #require(WrittenTime(iso: words[6])).local)
          finding["closed_by"] = .text("scan")
        }
        finding["source"] = .text("listing")
        reading.append(finding)
      } else if words[0] == "patch" {
        var patch = Record(.patch_event, place: "L\(index + 1)")
        patch["asset_id"] = .text(words[1])
        patch["package"] = .text(words[2])
        patch["advisory"] = .text(words[2])
        patch["cves"] = .list([words[2]])
        patch["method"] = .text("package")
        patch["released_at"] = .instant(at)
        if words[3] != "missing" {
          patch["applied_at"] = .instant(try #require(WrittenTime(iso: words[4])).local)
          patch["awaiting_reboot"] = .flag(words[3] == "awaiting")
        }
        reading.append(patch)
      } else if words[0] == "live" {
        var live = Record(.live_patch, place: "L\(index + 1)")
        live["source"] = .text("kernelcare")
        live["asset_id"] = .text(words[1])
        live["state"] = .text(words[2])
        live["cves"] = .list(words[3] == "-" ? [] : words[3].split(separator: ",").map(String.init))
        live["scanner_interface"] = .flag(words.contains("hides"))
        reading.append(live)
      } else {
        var plugin = Plugin(id: words[1], name: "Test \(words[1])")
        if words.count > 3 { plugin.cves = words[3].split(separator: ",").map(String.init) }
        reading.observe(
          Observation(
            host: reading.host(words[0]),
            plugin: reading.plugin(plugin), port: 443,
            transport: 0, severity: Int8(words[2]) ?? -1, accepted: words.last == "accepted",
            line: Int64(index + 1)))
      }
    }
    reading.effectiveAt = at
  }
}

/// Kinds of scans from the KPI vectors VG-2 to VG-6, through the whole store.
struct FindingTests {
  /// Loads scans and gives `plugin first last fixed` of every finding, by day.
  func findings(_ scans: [String], cutoff: String = "2027-01-01") throws -> [String] {
    try derived(scans, cutoff: cutoff) { db in
      try Row.fetchAll(
        db,
        sql:
          "SELECT plugin_id, first_seen, last_seen, fixed_at, reopen_intervals FROM finding ORDER BY 1, 2"
      ).map { row in
        let reopened = (row["reopen_intervals"] as String?) == nil ? "" : " reopened"
        return
          "\(row["plugin_id"] as String) \(day(row, "first_seen")) \(day(row, "last_seen")) \(day(row, "fixed_at"))\(reopened)"
      }
    }
  }

  @Test func isFixedAtTheEndOfTheNextCredentialedScanThatMissesIt() throws {
    #expect(
      try findings(["2026-01-05 p\nhost h yes\nh 100 3", "2026-01-12 p\nhost h yes"])
        == ["100 2026-01-05 2026-01-05 2026-01-12"])
  }

  @Test func anUncredentialedScanProvesNothingFixed() throws {
    #expect(
      try findings([
        "2026-01-05 p\nhost h yes\nh 100 3", "2026-01-12 p\nhost h no", "2026-01-19 p\nhost h yes",
      ]) == ["100 2026-01-05 2026-01-05 2026-01-19"])
  }

  @Test func aHostThatWasNotScannedToTheEndProvesNothingFixed() throws {
    #expect(
      try findings(["2026-01-05 p\nhost h yes\nh 100 3", "2026-01-12 p\nhost h unfinished"])
        == ["100 2026-01-05 2026-01-05 open"])
  }

  @Test func aScanUnderAnotherPolicyProvesNothingFixed() throws {
    #expect(
      try findings(["2026-01-05 p\nhost h yes\nh 100 3", "2026-01-12 web\nhost h yes"])
        == ["100 2026-01-05 2026-01-05 open"])
  }

  @Test func aScanThatDidNotReachTheHostProvesNothingFixed() throws {
    #expect(
      try findings(["2026-01-05 p\nhost h yes\nh 100 3", "2026-01-12 p\nhost other yes"])
        == ["100 2026-01-05 2026-01-05 open"])
  }

  @Test func backWithinThirtyDaysIsTheSameFinding() throws {
    #expect(
      try findings([
        "2026-01-05 p\nhost h yes\nh 100 3", "2026-01-12 p\nhost h yes",
        "2026-01-26 p\nhost h yes\nh 100 3", "2026-02-02 p\nhost h yes",
      ]) == ["100 2026-01-05 2026-01-26 2026-02-02 reopened"])
  }

  @Test func backAfterThirtyDaysIsANewFinding() throws {
    #expect(
      try findings([
        "2026-01-05 p\nhost h yes\nh 100 3", "2026-01-12 p\nhost h yes",
        "2026-03-02 p\nhost h yes\nh 100 3", "2026-03-09 p\nhost h yes",
      ]) == ["100 2026-01-05 2026-01-05 2026-01-12", "100 2026-03-02 2026-03-02 2026-03-09"])
  }

  @Test func aScanAfterAsOfProvesNothingBeforeIt() throws {
    #expect(
      try findings(
        ["2026-01-05 p\nhost h yes\nh 100 3", "2026-01-12 p\nhost h yes"], cutoff: "2026-01-10")
        == ["100 2026-01-05 2026-01-05 open"])
  }

  @Test func theOrderOfArrivalDoesNotMatter() throws {
    let scans = [
      "2026-01-05 p\nhost h yes\nh 100 3", "2026-01-12 p\nhost h yes\nh 100 3\nh 101 2",
      "2026-01-19 p\nhost h yes\nh 101 2", "2026-01-26 p\nhost h yes",
    ]
    let inOrder = try findings(scans)
    #expect(try findings(scans.reversed()) == inOrder)
    #expect(
      inOrder == ["100 2026-01-05 2026-01-12 2026-01-19", "101 2026-01-12 2026-01-19 2026-01-26"])
  }

  @Test func informationIsNoFinding() throws {
    #expect(try findings(["2026-01-05 p\nhost h yes\nh 19506 0"]) == [])
  }
}

/// The calendar day of an instant's column; `open` for NULL.
func day(_ row: Row, _ column: String) -> String {
  (row[column] as Int64?).map { Instant(seconds: $0).date } ?? "open"
}

/// Preserves, reads and derives scripted evidence, then asks the records.
func derived<T>(
  _ scans: [String], cutoff: String = "2027-01-01", aliases: [String: String] = [:],
  _ body: (Database) throws -> T
) throws -> T {
  let folder = try Folder()
  let store = try EvidenceStore(workspace: folder.path)
  let records = try RecordsDatabase(path: folder.path + "/records.sqlite", readers: "test")
  for scan in scans {
    let entry = try #require(try store.preserve(bytes: Data(scan.utf8), provenance("scan")))
    let item = try #require(store.item(entry, zone: nil, format: nil, options: [:]))
    try records.load(
      item, with: ScriptedScan.self, digestFound: item.digest, reader: "", stamp: "")
  }
  try records.derive(cutoff: try #require(WrittenTime(iso: cutoff)).local, aliases: aliases)
  return try records.reader().read(body)
}
