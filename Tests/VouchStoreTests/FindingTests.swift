import Foundation
import GRDB
import Testing
import VouchModel
import VouchStore

/// A scanner of few words: each line of the evidence is `host plugin severity`.
///
/// The first line says when the scan ended and under which policy; a host line says whether its
/// login worked.
private enum ScriptedScan: Collector {
  static let format = "scripted"
  static let summary = "scans for tests"
  static let gives: [RecordType] = [.scan, .scan_host, .finding]
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
      } else {
        reading.observe(
          Observation(
            host: reading.host(words[0]),
            plugin: reading.plugin(Plugin(id: words[1], name: "Test \(words[1])")), port: 443,
            transport: 0, severity: Int8(words[2]) ?? -1, line: Int64(index + 1)))
      }
    }
    reading.effectiveAt = at
  }
}

/// Kinds of scans from the KPI vectors VG-2 to VG-6, through the whole store.
struct FindingTests {
  /// Loads scans and gives `plugin first last fixed` of every finding, by day.
  func findings(_ scans: [String], cutoff: String = "2027-01-01") throws -> [String] {
    let folder = try Folder()
    let store = try EvidenceStore(workspace: folder.path)
    let records = try RecordsDatabase(path: folder.path + "/records.sqlite", readers: "test")
    for scan in scans {
      let entry = try #require(try store.preserve(bytes: Data(scan.utf8), provenance("scan")))
      let item = try #require(store.item(entry, zone: nil, format: nil, options: [:]))
      try records.load(
        item, with: ScriptedScan.self, digestFound: item.digest, reader: "", stamp: "")
    }
    try records.derive(cutoff: try #require(WrittenTime(iso: cutoff)).local, aliases: [:])
    return try records.reader().read { db in
      try Row.fetchAll(
        db,
        sql:
          "SELECT plugin_id, first_seen, last_seen, fixed_at, reopen_intervals FROM finding ORDER BY 1, 2"
      ).map { row in
        func day(_ column: String) -> String {
          (row[column] as Int64?).map { Instant(seconds: $0).date } ?? "open"
        }
        let reopened = (row["reopen_intervals"] as String?) == nil ? "" : " reopened"
        return
          "\(row["plugin_id"] as String) \(day("first_seen")) \(day("last_seen")) \(day("fixed_at"))\(reopened)"
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
