import VouchModel

/// Reads OpenVAS / Greenbone reports: XML of any GMP version, and the CSV results report.
///
/// Severity is the CVSS score of the result on the scale of CVSS 3. The CSV lists results only,
/// so hosts without any are not in it.
enum OpenVASCollector: Collector {
  static let format = "openvas"
  static let summary = "OpenVAS / Greenbone report, XML or CSV"
  static let gives: [RecordType] = [.scan, .scan_host, .finding, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    if let header = head.delimitedHeader {
      return Set(header).isSuperset(of: ["IP", "NVT OID", "Task ID", "Result ID"])
    }
    guard head.xmlRoot == "report" || head.xmlRoot == "get_reports_response" else { return false }
    return ["format_id=", "<gmp>", "<omp>", "<scan_run_status>"].contains { head.text.contains($0) }
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    let head = Head(raw: try item.head(), name: item.provenance.name)
    if head.xmlRoot != nil {
      try OpenVASReport(reading).read()
    } else {
      try OpenVASTable(reading).read()
    }
  }

  /// `443/tcp`, `general/tcp`.
  static func port(_ text: String?) -> (port: Int32, transport: Int8) {
    let parts = (text ?? "").split(separator: "/")
    let transport: Int8 =
      switch parts.last {
      case "tcp": 0
      case "udp": 1
      case "icmp": 2
      default: 3
      }
    return (parts.first.flatMap { Int32($0) } ?? 0, transport)
  }
}

/// A report in XML.
private final class OpenVASReport {
  private let reading: Reading
  private let item: EvidenceItem
  private var scan: ScanLedger?
  private var header = Header()
  private var hosts: [String: HostDetails] = [:]
  private var hostOrder: [String] = []

  /// What the report says of itself, in elements before and after its results.
  private struct Header {
    var id = ""
    var started: Instant?
    var ended: Instant?
    var status: String?
    var task: String?
    var target: String?
    var levels: String?
    var filtered: Int?
    var line = 0
  }

  /// What the `host` elements say, which stand behind the results.
  private struct HostDetails {
    var place = ""
    var start: Instant?
    var end: Instant?
    var details: [String: String] = [:]
    var isListed = false
    var hostname: String?
    var assetID: String?
  }

  init(_ reading: Reading) {
    self.reading = reading
    item = reading.item
  }

  /// The report is passed over twice: what names the scan and tells which hosts were reached
  /// with credentials stands behind the results.
  func read() throws {
    let format = OpenVASCollector.format
    let about: Set<String> = [
      "result", "ports", "host", "scan_start", "scan_end", "scan_run_status", "task", "filters",
      "result_count",
    ]
    var count = 0
    let isWhole = try item.xml(format: format, each: about, reading) { node, ancestors in
      if node.name == "result" {
        count += 1
        note(host: node.at("host"))
      } else {
        note(node, ancestors)
      }
    }
    guard isWhole || count > 0 else { return }
    let scan = begin()
    let again = Reading(item, into: MemorySink())
    try item.xml(format: format, each: ["result"], again) { node, _ in add(node, to: scan) }
    check(count)
    scan.finish()
  }

  private func note(_ node: XMLNode, _ ancestors: [XMLElement]) {
    switch node.name {
    case "scan_start": header.started = node.text.flatMap { WrittenTime(iso: $0)?.instant }
    case "scan_end": header.ended = node.text.flatMap { WrittenTime(iso: $0)?.instant }
    case "scan_run_status": header.status = node.text
    case "filters": header.levels = level(of: node)
    case "result_count":
      header.filtered = node.text("filtered").flatMap { Int($0) }
    case "task":
      header.task = node.text("name") ?? header.task
      header.target = node.text("target", "name") ?? header.target
    case "host": note(scanned: node)
    default: break
    }
    // The inner report is the scan, the outer one its wrapping.
    if let report = ancestors.last(where: { $0.name == "report" }), let id = report["id"] {
      header.id = id
      header.line = report.line
    }
  }

  /// The letters of `levels=hml` in the filter; nil when there is none.
  private func level(of filters: XMLNode) -> String? {
    let term = filters.text("term") ?? ""
    let words = term.split { $0.isWhitespace }
    return words.first { $0.hasPrefix("levels=") }.map { String($0.dropFirst(7)) }
  }

  private func note(host: XMLNode) {
    guard let ref = host.text else { return }
    var details = self.details(of: ref, place: host.place)
    details.hostname = details.hostname ?? host.text("hostname")
    details.assetID = details.assetID ?? host.child("asset")?["asset_id"]
    hosts[ref] = details
  }

  /// A `host` element of the report: when it was scanned, and what was found out about it.
  private func note(scanned host: XMLNode) {
    guard let ref = host.text("ip") else { return }
    var details = self.details(of: ref, place: host.place)
    details.isListed = true
    details.start = host.text("start").flatMap { WrittenTime(iso: $0)?.instant }
    details.end = host.text("end").flatMap { WrittenTime(iso: $0)?.instant }
    details.assetID = details.assetID ?? host.child("asset")?["asset_id"]
    for detail in host.children("detail") {
      if let name = detail.text("name"), let value = detail.text("value") {
        details.details[name] = value
      }
    }
    hosts[ref] = details
  }

  private func details(of ref: String, place: String) -> HostDetails {
    if let known = hosts[ref] { return known }
    hostOrder.append(ref)
    return HostDetails(place: place)
  }

  private func begin() -> ScanLedger {
    let id = header.id.isEmpty ? item.digest.short : header.id
    let scan = ScanLedger(
      reading, format: OpenVASCollector.format, tool: "openvas", id: "openvas \(id)",
      place: header.line > 0 ? "L\(header.line)" : "")
    scan.record["policy"] = .text(header.task)
    scan.record["targets"] = .list(header.target.map { [$0] })
    scan.record["severity_basis"] = .text("cvss_v3")
    scan.record["started_at"] = .instant(header.started)
    scan.record["ended_at"] = .instant(header.ended)
    scan.record["status"] = .text(status)
    reading.effectiveAt = header.ended ?? header.started
    for ref in hostOrder { addHost(ref, to: scan) }
    return scan
  }

  /// Without a scan end the scan was not finished, whatever the task's status says.
  private var status: String {
    switch header.status {
    case "Done", nil: header.ended == nil ? "aborted" : "completed"
    case "Stopped", "Interrupted", "Stop Requested": "aborted"
    default: "partial"
    }
  }

  private func addHost(_ ref: String, to scan: ScanLedger) {
    guard let host = hosts[ref] else { return }
    let access = Self.access(host.details)
    scan.host(
      ref, place: host.place,
      // A host that the report lists without an end was still being scanned, or was lost.
      isFinished: !host.isListed || host.end != nil,
      details: {
        $0["started_at"] = .instant(host.start)
        $0["ended_at"] = .instant(host.end)
        // Without details the report says nothing about credentials.
        $0["credentialed"] = .flag(host.details.isEmpty ? nil : access.granted)
        $0["credential_note"] = .text(access.note)
      },
      sighting: {
        let name = host.hostname ?? host.details["hostname"]
        $0["hostname"] = .text(name)
        $0["fqdn"] = .text(name.flatMap { $0.contains(".") ? $0 : nil })
        $0["addresses"] = .list(isAddress(ref) ? [ref] : nil)
        $0["macs"] = .list(host.details["MAC"].map { [$0] })
        $0["agent_id"] = .text(host.assetID.flatMap { $0.isEmpty ? nil : $0 })
        $0["os"] = .text(host.details["best_os_txt"] ?? host.details["OS"])
      })
  }

  /// `Auth-SSH-Success`, `Auth-SMB-Failure`: one for each protocol for which credentials were set.
  private static func access(_ details: [String: String]) -> (granted: Bool, note: String?) {
    let results = details.keys.filter { $0.hasPrefix("Auth-") }.sorted()
    let granted = results.contains { $0.hasSuffix("-Success") }
    return (granted, results.isEmpty ? nil : results.joined(separator: ", "))
  }

  private func add(_ result: XMLNode, to scan: ScanLedger) {
    guard let ref = result.text("host"), let oid = result.child("nvt")?["oid"] else {
      // A result of the scan as a whole, such as a dead host, has no test.
      return
    }
    let nvt = result.at("nvt")
    var plugin = Plugin(id: oid, name: nvt.text("name") ?? result.text("name") ?? oid)
    plugin.family = nvt.text("family") ?? ""
    plugin.cves = Self.cves(of: nvt)
    plugin.score = cvssScore(nvt.text("cvss_base"))
    let severity = rank(result)
    let (port, transport) = OpenVASCollector.port(result.text("port"))
    scan.observe(
      ref, plugin, severity: severity.rank, port: port, transport: transport,
      accepted: severity.isAccepted, line: result.line)
  }

  /// CVE ids: references since GMP 9, a list in `cve` before.
  private static func cves(of nvt: XMLNode) -> [String] {
    let references = nvt.at("refs").children("ref")
      .filter { $0["type"] == "cve" }.compactMap { $0["id"] }
    let listed = (nvt.text("cve") ?? "").split { $0 == "," || $0 == " " }.map(String.init)
    return (references + listed).cves
  }

  /// The result's severity. An override in the scanner may raise it, but not lower it: then the
  /// finding is accepted there. -1 is OpenVAS' false positive, which only an override sets.
  private func rank(_ result: XMLNode) -> (rank: Int8, isAccepted: Bool) {
    let now = result.text("severity").flatMap(Double.init)
    let original = result.text("original_severity").flatMap(Double.init)
    guard let score = [now, original].compactMap(\.self).max() else {
      return (result.text("threat").flatMap(severityRank) ?? -1, false)
    }
    if score < 0 { return (0, true) }
    return (cvssRank(score) ?? -1, (now ?? score) < score)
  }

  /// Reports a report that was filtered or paged: what it does not list may still be there.
  private func check(_ count: Int) {
    if let levels = header.levels, !["h", "m", "l"].allSatisfy(levels.contains) {
      reading.diagnose(
        Diagnostic(
          "openvas.filtered", .error, at: item.label,
          "the report is filtered to the levels '\(levels.prefix(10))'",
          why: "findings of the other levels are missing and would look fixed",
          fix: "export the report with the filter levels=hmlg or without levels"))
    }
    if let filtered = header.filtered, filtered > count {
      reading.diagnose(
        .morePages(
          OpenVASCollector.format, "the file holds \(count) of \(filtered) results", at: item.label)
      )
    }
  }
}

/// The CSV results report.
private final class OpenVASTable {
  private let reading: Reading
  private let problems = RepeatedProblems()
  private let times: TimeFields
  private var ended: Instant?

  init(_ reading: Reading) {
    self.reading = reading
    times = TimeFields(reading.item, format: OpenVASCollector.format, problems: problems)
  }

  func read() throws {
    let scan = ScanLedger(
      reading, format: OpenVASCollector.format, tool: "openvas",
      id: "openvas \(reading.item.digest.short)")
    scan.record["severity_basis"] = .text("cvss_v3")
    try reading.item.rows(format: OpenVASCollector.format, reading) { add($0, to: scan) }
    scan.record["ended_at"] = .instant(ended)
    reading.effectiveAt = ended
    problems.report(to: reading)
    scan.finish()
  }

  private func add(_ row: Row, to scan: ScanLedger) {
    guard let ref = row["IP"], let oid = row["NVT OID"] else {
      problems.add(
        .missingField(
          OpenVASCollector.format, row["IP"] == nil ? "IP" : "NVT OID",
          at: reading.item.at(row.place), why: "the result cannot be counted for a host"))
      return
    }
    if let time = times.instant(row["Timestamp"], "Timestamp", at: row.place) {
      ended = max(ended ?? time, time)
    }
    scan.record["policy"] = .text(row["Task Name"])
    let name = row["Hostname"]
    scan.host(
      ref, place: row.place,
      sighting: {
        $0["hostname"] = .text(name)
        $0["fqdn"] = .text(name.flatMap { $0.contains(".") ? $0 : nil })
        $0["addresses"] = .list(isAddress(ref) ? [ref] : nil)
      })
    var plugin = Plugin(id: oid, name: row["NVT Name"] ?? oid)
    plugin.cves = (row["CVEs"] ?? "").split(separator: ",").map(\.trimmed).cves
    plugin.score = cvssScore(row["CVSS"])
    let rank = plugin.score.flatMap(cvssRank) ?? scan.severity(row["Severity"], place: row.place)
    let (port, transport) = OpenVASCollector.port(
      "\(row["Port"] ?? "0")/\(row["Port Protocol"] ?? "")")
    scan.observe(ref, plugin, severity: rank, port: port, transport: transport, line: row.line)
  }
}
