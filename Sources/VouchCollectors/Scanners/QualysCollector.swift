import VouchModel

/// Reads Qualys: the asset report, the host detection API and the scan result in XML, and both CSV
/// reports.
///
/// Severity is Qualys' own, 1 to 5, which is not CVSS: 5 is critical, 4 high, 3 medium, 2 and 1
/// low. Information gathered is no finding; what Qualys lists as fixed is not open. Each host is
/// as recent as its last detection, so a report is not one scan of all of them.
enum QualysCollector: Collector {
  static let format = "qualys"
  static let summary = "Qualys asset report, host detections or VMDR report, XML or CSV"
  static let gives: [RecordType] = [.scan, .scan_host, .finding, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    if let root = head.xmlRoot {
      if root == "SCAN" { return head.text.contains("scan-1.dtd") || head.text.contains("<KEY ") }
      return ["ASSET_DATA_REPORT", "HOST_LIST_VM_DETECTION_OUTPUT"].contains(root)
    }
    guard head.json == nil else { return false }
    return QualysTable.header(in: head.text) != nil
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    let head = Head(raw: try item.head(), name: item.provenance.name)
    if head.xmlRoot == "SCAN" {
      try QualysScan(reading).read()
    } else if head.xmlRoot != nil {
      try QualysXML(reading).read()
    } else {
      try QualysTable(reading).read()
    }
  }
}

/// What all forms say of one detection on one host.
private struct Detection {
  var host = ""
  var place = ""
  var line = 0
  var qid = ""
  var title: String?
  var type: String?
  var severity: String?
  var status: String?
  var port: String?
  var transport: String?
  var cves: [String] = []
  var score: Double?
  var category: String?
  var patchReleased: Instant?
  var isIgnored = false
}

/// The findings and hosts of one report.
private final class QualysReport {
  let scan: ScanLedger
  private let reading: Reading
  let problems = RepeatedProblems()

  init(_ reading: Reading, time: Instant?, title: String?) {
    self.reading = reading
    scan = ScanLedger(
      reading, format: QualysCollector.format, tool: "qualys",
      id: "qualys \(time?.iso8601 ?? reading.item.digest.short)")
    scan.record["policy"] = .text(title)
    scan.record["severity_basis"] = .text("vendor")
    scan.record["ended_at"] = .instant(time)
    reading.effectiveAt = time
  }

  func add(_ detection: Detection) {
    guard let rank = rank(detection), isOpen(detection) else { return }
    var plugin = Plugin(id: detection.qid, name: detection.title ?? "QID \(detection.qid)")
    plugin.family = detection.category ?? ""
    plugin.cves = detection.cves.cves
    plugin.score = detection.score
    plugin.fixAvailableAt = detection.patchReleased
    let (port, transport) = OpenVASCollector.port(
      "\(detection.port ?? "0")/\(detection.transport?.lowercased() ?? "")")
    scan.observe(
      detection.host, plugin, severity: rank, port: port, transport: transport,
      accepted: detection.isIgnored, line: detection.line)
  }

  /// Nil for what is no finding.
  private func rank(_ detection: Detection) -> Int8? {
    switch detection.type {
    case "Ig", "Info", "Information Gathered", "Information": return nil
    case "Vuln", "Practice", "Confirmed", "Potential", "Vulnerability", nil: break
    case let word?:
      problems.add(
        .unknownWord(
          QualysCollector.format, "type", word, at: reading.item.at(detection.place),
          why: "it cannot be told whether it is a vulnerability"))
    }
    switch detection.severity {
    case "5": return 4
    case "4": return 3
    case "3": return 2
    case "2", "1": return 1
    case let word:
      problems.add(
        .unknownWord(
          QualysCollector.format, "severity", word ?? "", at: reading.item.at(detection.place),
          why: "a finding without severity has no deadline"))
      return -1
    }
  }

  private func isOpen(_ detection: Detection) -> Bool {
    switch detection.status?.lowercased() {
    case "fixed": return false
    case "new", "active", "re-opened", "reopened", nil: return true
    case let word?:
      problems.add(
        .unknownWord(
          QualysCollector.format, "status", word, at: reading.item.at(detection.place),
          why: "it is counted as open"))
      return true
    }
  }

  func finish() {
    problems.report(to: reading)
    scan.finish()
  }
}

// MARK: XML

/// `ASSET_DATA_REPORT`, whose glossary stands behind the hosts, and `HOST_LIST_VM_DETECTION_OUTPUT`,
/// whose titles are in a knowledge base of their own.
private final class QualysXML {
  private let reading: Reading
  private var time: Instant?
  private var title: String?
  private var glossary: [String: Detection] = [:]

  init(_ reading: Reading) { self.reading = reading }

  /// The document type names a DTD at Qualys, which is passed over and never fetched.
  static let limits: XMLLimits = {
    var limits = XMLLimits()
    limits.doctype = .passedOver
    return limits
  }()

  func read() throws {
    let format = QualysCollector.format
    let about: Set<String> = [
      "VULN_DETAILS", "GENERATION_DATETIME", "DATETIME", "TEMPLATE", "HOST",
    ]
    try reading.item.xml(format: format, each: about, limits: Self.limits, reading) { node, _ in
      switch node.name {
      case "VULN_DETAILS": explain(node)
      case "GENERATION_DATETIME", "DATETIME": time = time ?? instant(node.text)
      case "TEMPLATE": title = node.text
      default: break
      }
    }
    let report = QualysReport(reading, time: time, title: title)
    let again = Reading(reading.item, into: MemorySink())
    try reading.item.xml(format: format, each: ["HOST"], limits: Self.limits, again) { node, _ in
      add(node, to: report)
    }
    report.finish()
  }

  private func instant(_ text: String?) -> Instant? {
    text.flatMap { WrittenTime(iso: $0)?.instant }
  }

  private func explain(_ node: XMLNode) {
    guard let qid = node.text("QID") else { return }
    var entry = Detection()
    entry.title = node.text("TITLE")
    entry.severity = node.text("SEVERITY")
    entry.category = node.text("CATEGORY")
    entry.cves = node.at("CVE_ID_LIST").children("CVE_ID").compactMap { $0.text("ID") ?? $0.text }
    entry.score = leadingNumber(
      node.text("CVSS3_SCORE", "CVSS3_BASE") ?? node.text("CVSS_SCORE", "CVSS_BASE"))
    glossary[qid] = entry
  }

  private func add(_ node: XMLNode, to report: QualysReport) {
    guard let ref = node.text("IP") ?? node.text("DNS") ?? node.text("ID") else {
      report.problems.add(
        .missingField(
          QualysCollector.format, "IP", at: reading.item.at(node.place),
          why: "its results cannot be counted for a host"))
      return
    }
    let detections =
      node.at("VULN_INFO_LIST").children("VULN_INFO")
      + node.at("DETECTION_LIST").children("DETECTION")
    let found = detections.compactMap {
      instant($0.text("LAST_FOUND") ?? $0.text("LAST_FOUND_DATETIME"))
    }
    let last = instant(node.text("LAST_VM_SCANNED_DATE") ?? node.text("LAST_SCAN_DATETIME"))
    let access = access(node, detections)
    report.scan.host(
      ref, place: node.place,
      details: {
        $0["ended_at"] = .instant(last ?? found.max())
        $0["credentialed"] = .flag(access.granted)
        $0["credential_note"] = .text(access.note)
      }, sighting: { self.complete(&$0, ref, node) })
    for detection in detections {
      guard let qid = detection.text("QID") else { continue }
      report.add(self.detection(detection, qid, on: ref))
    }
  }

  private func detection(_ node: XMLNode, _ qid: String, on host: String) -> Detection {
    var detection = glossary[qid] ?? Detection()
    detection.host = host
    detection.place = node.place
    detection.line = node.line
    detection.qid = qid
    detection.type = node.text("TYPE")
    detection.severity = node.text("SEVERITY") ?? detection.severity
    detection.status = node.text("VULN_STATUS") ?? node.text("STATUS")
    detection.port = node.text("PORT")
    detection.transport = node.text("PROTOCOL")
    detection.isIgnored = ["IS_IGNORED", "IS_DISABLED"].contains {
      node.text($0).flatMap(flagSpelling) ?? false
    }
    return detection
  }

  /// Agents read the host themselves. For scans Qualys tells in its own information: QID 38307,
  /// 70028 and 70053 name the method that worked, 105015 and 105053 that it failed.
  private func access(
    _ node: XMLNode, _ detections: [XMLNode]
  ) -> (granted: Bool?, note: String?) {
    let tracking = node.text("TRACKING_METHOD") ?? ""
    if tracking.uppercased().contains("AGENT") { return (true, "cloud agent") }
    if let authenticated = instant(node.text("LAST_VM_AUTH_SCANNED_DATE")) {
      return (authenticated == instant(node.text("LAST_VM_SCANNED_DATE")), "authenticated scan")
    }
    let qids = Set(detections.compactMap { $0.text("QID") })
    if let failed = ["105015", "105053"].first(where: qids.contains) {
      return (false, "QID \(failed)")
    }
    if let worked = ["38307", "70028", "70053"].first(where: qids.contains) {
      return (true, "QID \(worked)")
    }
    return (nil, nil)
  }

  private func complete(_ sighting: inout Record, _ ref: String, _ node: XMLNode) {
    let dns = node.text("DNS")
    sighting["hostname"] = .text(node.text("NETBIOS") ?? dns)
    sighting["fqdn"] = .text(dns.flatMap { $0.contains(".") ? $0 : nil })
    sighting["addresses"] = .list(
      [node.text("IP"), node.text("IPV6")].compactMap(\.self).filter(isAddress))
    sighting["agent_id"] = .text(node.text("QG_HOSTID"))
    sighting["cloud_id"] = .text(node.text("EC2_INSTANCE_ID") ?? node.text("CLOUD_RESOURCE_ID"))
    sighting["os"] = .text(node.text("OPERATING_SYSTEM") ?? node.text("OS"))
  }
}

/// The result of one scan, `SCAN`: hosts with categories of tests, each with its port.
private final class QualysScan {
  private let reading: Reading
  private var keys: [String: String] = [:]

  init(_ reading: Reading) { self.reading = reading }

  func read() throws {
    let format = QualysCollector.format
    let limits = QualysXML.limits
    try reading.item.xml(format: format, each: ["KEY"], limits: limits, reading) { node, _ in
      if let name = node["value"] { keys[name] = node.text }
    }
    let time = keys["DATE"].flatMap { WrittenTime(iso: $0)?.instant }
    let report = QualysReport(reading, time: time, title: keys["OPTION_PROFILE"] ?? keys["TITLE"])
    if let status = keys["STATUS"], status != "FINISHED" {
      report.scan.record["status"] = .text("aborted")
    }
    let again = Reading(reading.item, into: MemorySink())
    try reading.item.xml(format: format, each: ["IP"], limits: limits, again) { node, _ in
      add(node, to: report)
    }
    report.finish()
  }

  private func add(_ node: XMLNode, to report: QualysReport) {
    guard let ref = node["value"] else { return }
    let name = node["name"].flatMap {
      isNoneSpelling($0) || $0 == "No registered hostname" ? nil : $0
    }
    report.scan.host(
      ref, place: node.place,
      sighting: {
        $0["hostname"] = .text(node.text("NETBIOS_HOSTNAME") ?? name)
        $0["fqdn"] = .text(name.flatMap { $0.contains(".") ? $0 : nil })
        $0["addresses"] = .list(isAddress(ref) ? [ref] : nil)
        $0["os"] = .text(node.text("OS"))
      })
    // Confirmed and potential vulnerabilities; INFOS and SERVICES are no findings.
    for (list, test) in [("VULNS", "VULN"), ("PRACTICES", "PRACTICE")] {
      for category in node.at(list).children("CAT") {
        for found in category.children(test) {
          report.add(detection(found, in: category, on: ref))
        }
      }
    }
  }

  private func detection(_ node: XMLNode, in category: XMLNode, on host: String) -> Detection {
    var detection = Detection()
    detection.host = host
    detection.place = node.place
    detection.line = node.line
    detection.qid = node["number"] ?? ""
    detection.title = node.text("TITLE")
    detection.severity = node["severity"]
    detection.port = category["port"]
    detection.transport = category["protocol"]
    detection.category = category["value"]
    let ids = (node["cveid"] ?? "").split { $0 == "," || $0 == " " }.map(String.init)
    let listed = node.at("CVE_ID_LIST").children("CVE_ID").compactMap { $0.text("ID") ?? $0.text }
    detection.cves = ids + listed
    detection.score = leadingNumber(node.text("CVSS3_BASE") ?? node.text("CVSS_BASE"))
    return detection
  }
}

// MARK: CSV

/// The CSV reports: free lines, then the table, then sometimes more free lines.
private final class QualysTable {
  private let reading: Reading
  private let times: TimeFields
  private let timeProblems = RepeatedProblems()
  private var report: QualysReport?
  private var header: Row.Header?
  /// Time of the report, from a free line such as "04 Feb 2026 10:00AM GMT-0500".
  private var reportTime: WrittenTime?
  private var otherLines = 0
  private var number = 0

  private static let patterns = [
    "MM/dd/yyyy HH:mm:ss", "MMM dd, yyyy hh:mm a", "dd MMM yyyy hh:mma Z",
    "MM/dd/yyyy 'at' HH:mm:ss '(GMT'Z')'",
  ]

  init(_ reading: Reading) {
    self.reading = reading
    times = TimeFields(
      reading.item, format: QualysCollector.format, patterns: Self.patterns,
      problems: timeProblems)
  }

  /// The header among the first lines; nil when there is none of Qualys.
  static func header(in text: String) -> [String]? {
    var parser = DelimitedText(separator: ",")
    var found: [String]?
    try? parser.feed(Array(text.utf8)[...]) { cells, _ in
      if found == nil, isHeader(cells) { found = cells }
    }
    try? parser.finish { cells, _ in if found == nil, isHeader(cells) { found = cells } }
    return found
  }

  private static func isHeader(_ cells: [String]) -> Bool {
    let names = Set(cells.map(\.trimmed))
    return names.isSuperset(of: ["QID", "Title", "Severity"])
      && (names.isSuperset(of: ["IP", "Vuln Status"]) || names.contains("Asset Name"))
  }

  func read() throws {
    var parser = DelimitedText(separator: ",")
    try reading.item.withDecodedChunks(reading) { try parser.feed($0, take) }
    try parser.finish(take)
    guard let report else {
      reading.diagnose(
        Diagnostic(
          "qualys.empty", .error, at: reading.item.label, "the file has no table with QID",
          why: "a report without detections still names its columns", fix: "export it again"))
      return
    }
    if parser.endedInQuotes {
      reading.diagnose(
        Diagnostic(
          "qualys.truncated", .error, at: reading.item.label,
          "the file ends inside a quoted cell",
          why: "rows after this place are missing, so the populations it feeds are incomplete",
          fix: "export it again and compare the size with the source"))
    }
    if otherLines > 0 {
      reading.diagnose(
        Diagnostic(
          "qualys.other-lines", .note, at: reading.item.label,
          "\(otherLines) lines outside of the table are not read"))
    }
    report.finish()
    timeProblems.report(to: reading)
  }

  private func take(_ cells: [String], _ line: Int) throws {
    guard let header else {
      if Self.isHeader(cells) {
        self.header = Row.Header(cells.map(\.trimmed))
        let time = reportTime.flatMap(\.instant)
        report = QualysReport(reading, time: time, title: nil)
      } else {
        note(cells)
      }
      return
    }
    let row = Row(header: header, cells: cells, number: number + 1, line: line)
    guard let qid = row["QID"], Int(qid) != nil else {
      otherLines += 1
      return
    }
    number += 1
    guard cells.count == header.names.count else {
      reading.diagnose(
        Diagnostic(
          "qualys.fields", .error, at: reading.item.at("L\(line)"),
          "line \(line) has \(cells.count) fields; the header names \(header.names.count)",
          why: "it cannot be told which field is missing, so the row is left out",
          fix: "export the file again; do not edit it in a spreadsheet"))
      return
    }
    add(row, qid: qid)
  }

  private func note(_ cells: [String]) {
    for cell in cells where reportTime == nil {
      reportTime = Self.patterns.lazy.compactMap { TimePattern($0)?.read(cell.trimmed) }
        .first { $0.instant != nil }
    }
  }

  private func add(_ row: Row, qid: String) {
    guard let report, let ref = row["Asset Name"] ?? row["IP"] ?? row["DNS"] else { return }
    let last = instant(row, "Last Detected")
    addHost(ref, row, to: report)
    report.scan.host(ref, seenUntil: last)
    var detection = Detection()
    detection.host = ref
    detection.place = row.place
    detection.line = row.line
    detection.qid = qid
    detection.title = row["Title"]
    detection.type = row["Type"] ?? row["Type Detected"]
    detection.severity = row["Severity"]
    detection.status = row["Vuln Status"] ?? row["Status"]
    detection.port = row["Port"]
    detection.transport = row["Protocol"]
    detection.cves = (row["CVE ID"] ?? row["CVE"] ?? "").split(separator: ",").map(\.trimmed)
    detection.score = leadingNumber(row["CVSS3 Base"] ?? row["CVSS Base"])
    detection.category = row["Category"]
    detection.patchReleased = instant(row, "Patch Released")
    detection.isIgnored = ["Ignored", "Disabled"].contains {
      row[$0].flatMap(flagSpelling) ?? false
    }
    report.add(detection)
  }

  /// A time of the table. Without a zone it is in that of the report's own time, when it has one.
  private func instant(_ row: Row, _ column: String) -> Instant? {
    guard let text = row[column] else { return nil }
    if case .offset(let seconds)? = reportTime?.zone {
      let written = Self.patterns.lazy.compactMap { TimePattern($0)?.read(text) }.first
      if let written, written.instant == nil {
        return written.local.advanced(by: -Int64(seconds))
      }
    }
    return times.instant(text, column, at: row.place)
  }

  private func addHost(_ ref: String, _ row: Row, to report: QualysReport) {
    let isAgent = (row["Tracking Method"] ?? "").uppercased().contains("AGENT")
    report.scan.host(
      ref, place: row.place,
      details: {
        $0["credentialed"] = .flag(isAgent ? true : nil)
        $0["credential_note"] = .text(isAgent ? "cloud agent" : nil)
      },
      sighting: {
        let dns = row["FQDN"] ?? row["DNS"]
        let addresses = [row["IP"], row["Asset IPV4"], row["Asset IPV6"]].compactMap(\.self)
          .flatMap { $0.split(separator: ",").map(\.trimmed) }.filter(isAddress)
        $0["hostname"] = .text(row["NetBIOS"] ?? row["Asset Name"] ?? dns)
        $0["fqdn"] = .text(dns.flatMap { $0.contains(".") ? $0 : nil })
        $0["addresses"] = .list(addresses.isEmpty ? nil : addresses)
        $0["agent_id"] = .text(row["Asset Id"])
        $0["os"] = .text(row["OS"] ?? row["Operating System"])
      })
  }
}
