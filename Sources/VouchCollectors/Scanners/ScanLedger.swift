import VouchModel

/// One scan while it is read: its record, its hosts, and how many findings each of them has.
///
/// The records of the scan and its hosts are given at the end, when everything about them is known.
final class ScanLedger {
  /// The `scan` record; `status` is `completed` unless the reader says otherwise.
  var record: Record
  private let reading: Reading
  private let format: String
  private let tool: String
  let id: String
  private var hosts: [Record] = []
  private var positions: [String: Int] = [:]
  private var findings: [Int64] = []
  private var unfinished: Set<Int> = []
  private var unknownWords: Set<String> = []
  private let countsFindings: Bool

  /// - Parameters:
  ///   - id: names this run among all runs of the tool.
  ///   - countsFindings: false for tools that check settings and know no vulnerabilities.
  init(
    _ reading: Reading, format: String, tool: String, id: String, place: String = "",
    countsFindings: Bool = true
  ) {
    self.countsFindings = countsFindings
    self.reading = reading
    self.format = format
    self.tool = tool
    self.id = id
    record = Record(.scan, place: place)
    record["scan_id"] = .text(id)
    record["tool"] = .text(tool)
    record["status"] = .text("completed")
    reading.provides(.scan, .scan_host)
    if countsFindings { reading.scan(id, tool: tool) }
  }

  /// Registers a host of the scan, by the tool's own name for it.
  ///
  /// - Parameters:
  ///   - details: completes the `scan_host` record.
  ///   - isFinished: false when the tool says that it did not scan this host to the end.
  ///   - sighting: completes the `host_sighting` record; nil for what is no machine.
  func host(
    _ ref: String, place: String, isFinished: Bool = true,
    details: (inout Record) -> Void = { _ in },
    sighting: ((inout Record) -> Void)? = { _ in }
  ) {
    if positions[ref] != nil { return }
    positions[ref] = hosts.count
    if !isFinished { unfinished.insert(hosts.count) }
    var host = Record(.scan_host, place: place)
    host["scan_id"] = .text(id)
    host["asset_id"] = .text(ref)
    host["seen"] = .flag(true)
    details(&host)
    hosts.append(host)
    findings.append(0)
    guard let sighting else { return }
    var sighted = Record(.host_sighting, place: place)
    sighted["source"] = .text(tool)
    sighted["ref"] = .text(ref)
    sighting(&sighted)
    reading.append(sighted)
  }

  /// Notes that a host was looked at until then; the latest counts.
  func host(_ ref: String, seenUntil end: Instant?) {
    guard let end, let i = positions[ref] else { return }
    if case .integer(let known) = hosts[i]["ended_at"], known >= end.seconds { return }
    hosts[i]["ended_at"] = .instant(end)
  }

  /// Counts and hands over one sighting of a finding.
  ///
  /// - Parameters:
  ///   - severity: 0 none to 4 critical, -1 unknown.
  ///   - transport: 0 tcp, 1 udp, 2 icmp, 3 other.
  func observe(
    _ ref: String, _ plugin: Plugin, severity: Int8, port: Int32 = 0, transport: Int8 = 3,
    accepted: Bool = false, line: Int
  ) {
    if let i = positions[ref], severity > 0 { findings[i] += 1 }
    reading.observe(
      Observation(
        host: reading.host(ref), plugin: reading.plugin(plugin), port: port, transport: transport,
        severity: severity, accepted: accepted, line: Int64(line)))
  }

  /// The rank of a severity word; an unknown word is reported once and stays unknown.
  func severity(_ word: String?, place: String) -> Int8 {
    guard let word else { return -1 }
    if let rank = severityRank(word) { return rank }
    if unknownWords.insert(word).inserted {
      reading.diagnose(
        .unknownWord(
          format, "severity", word, at: reading.item.at(place),
          why: "a finding without severity has no deadline"))
    }
    return -1
  }

  /// Gives the records. Call it once, at the end, also for a scan without findings.
  ///
  /// A report of which something could not be read does not show what is absent, so its scan is
  /// `partial` and no host counts as scanned to the end.
  func finish() {
    let isWhole = reading.isComplete && record["status"] == .text("completed")
    if !reading.isComplete, record["status"] == .text("completed") {
      record["status"] = .text("partial")
    }
    if record["ended_at"] == .null {
      record["ended_at"] = .instant(reading.item.statedTime)
    }
    if record["ended_at"] == .null, record["started_at"] == .null {
      reading.diagnose(
        Diagnostic(
          "\(format).no-date", .warning, at: reading.item.at(record.place),
          "the report does not say when the scan ran",
          why: "a scan without a date proves no cadence and no fix",
          fix: "name the date in the source (effective), or in the file's name"))
    }
    reading.append(record)
    for (i, host) in hosts.enumerated() {
      var host = host
      if host["started_at"] == .null { host["started_at"] = record["started_at"] }
      if !isWhole || unfinished.contains(i) {
        host["ended_at"] = .null
      } else if host["ended_at"] == .null {
        host["ended_at"] = record["ended_at"]
      }
      if countsFindings { host["findings"] = .integer(findings[i]) }
      reading.append(host)
    }
  }
}

/// 0 none to 4 critical, -1 for a word that says unknown; nil for a word no scanner uses.
func severityRank(_ word: String) -> Int8? {
  switch word.lowercased() {
  case "critical", "urgent": 4
  case "high", "important", "serious": 3
  case "medium", "moderate": 2
  // Debian's "negligible" and "unimportant" are still findings.
  case "low", "minor", "negligible", "minimal": 1
  case "none", "info", "informational", "log", "false positive": 0
  case "unknown", "unspecified", "": -1
  default: nil
  }
}

/// A container image's name without tag and digest: `ghcr.io/acme/app:1.2@sha256:…` is
/// `ghcr.io/acme/app`.
func imageRepository(_ reference: String) -> String {
  var name = reference[...]
  if let at = name.firstIndex(of: "@") { name = name[..<at] }
  if let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") { name = name[..<colon] }
  return String(name)
}

extension Array where Element == String {
  /// The CVE ids among ids of several kinds, each once.
  var cves: [String] {
    var seen: Set<String> = []
    return filter { $0.hasPrefix("CVE-") && seen.insert($0).inserted }
  }
}
