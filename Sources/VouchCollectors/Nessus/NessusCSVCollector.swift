import VouchModel

/// Reads the CSV that Nessus and web application scans export, with any choice of columns.
///
/// It has one row for each CVE and says neither when the scan ran nor whether with credentials, so
/// it shows findings and proves none of them fixed.
enum NessusCSVCollector: Collector {
  static let format = "nessus_csv"
  static let summary = "Nessus scan results as CSV: findings, without scan time and credentials"
  static let gives: [RecordType] = [.scan, .scan_host, .host_sighting, .finding]

  private static let columns = [
    "Plugin ID", "CVE", "Risk", "Host", "Protocol", "Port", "Name", "Synopsis", "Solution",
  ]

  static func recognises(_ head: Head) -> Bool {
    guard let header = head.delimitedHeader.map({ Row.Header($0) }) else { return false }
    return columns.allSatisfy { header.positions[$0] != nil }
      && header.positions["Vulnerability State"] == nil
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    var table = NessusTable(reading)
    var isRead = false
    try item.rows(format: format, reading) { header in
      isRead = true
      table.isWebScan = header.has("CVSSv3")
      return true
    } _: { row in
      table.add(row)
    }
    if isRead { table.finish() }
  }
}

/// The rows of a Nessus CSV, one finding for the rows that differ in their CVE only.
private struct NessusTable {
  private let reading: Reading
  private let problems = RepeatedProblems()
  var isWebScan = false
  private var plugins: [Plugin] = []
  private var cves = CVEIndex()
  private var pluginPositions: [String: Int] = [:]
  private var hosts: [(name: String, row: Row, findings: Int)] = []
  private var hostPositions: [String: Int] = [:]
  private var findings: [Finding] = []
  private var known: Set<Key> = []

  private struct Key: Hashable {
    let host: Int32
    let plugin: Int32
    let port: Int32
    let transport: Int8
  }

  private struct Finding {
    let key: Key
    let severity: Int8
    let line: Int64
  }

  init(_ reading: Reading) { self.reading = reading }

  mutating func add(_ row: Row) {
    // Exports end with rows of nothing but separators.
    if row.cells.allSatisfy({ $0.trimmed.isEmpty }) { return }
    checkNumbers(row)
    guard let id = row["Plugin ID"], let name = row["Host"] else {
      let field = row["Plugin ID"] == nil ? "Plugin ID" : "Host"
      problems.add(
        .missingField(
          NessusCSVCollector.format, field, at: reading.item.at(row.place),
          why: "a result without plugin or host is no finding that can be followed"))
      return
    }
    let plugin = position(ofPlugin: id, row)
    let host = position(ofHost: name, row)
    let key = Key(
      host: Int32(host), plugin: Int32(plugin), port: port(row), transport: transport(row))
    if let cve = row["CVE"] { cves.add(cve, to: &plugins[plugin], number: plugin) }
    guard known.insert(key).inserted else { return }
    let severity = severity(row)
    if severity > 0 { hosts[host].findings += 1 }
    findings.append(Finding(key: key, severity: severity, line: Int64(row.line)))
  }

  private mutating func position(ofPlugin id: String, _ row: Row) -> Int {
    if let position = pluginPositions[id] { return position }
    var plugin = Plugin(id: id, name: row["Name"] ?? "")
    plugin.kev = row["XREF"]?.contains("CISA-KNOWN-EXPLOITED") ?? false
    pluginPositions[id] = plugins.count
    plugins.append(plugin)
    return plugins.count - 1
  }

  private mutating func position(ofHost name: String, _ row: Row) -> Int {
    if let position = hostPositions[name] { return position }
    hostPositions[name] = hosts.count
    hosts.append((name, row, 0))
    return hosts.count - 1
  }

  private func port(_ row: Row) -> Int32 {
    guard let text = row["Port"] else { return 0 }
    if let port = Int32(text), (0..<65536).contains(port) { return port }
    problems.add(
      Diagnostic(
        "nessus_csv.unknown-port", .error, at: reading.item.at(row.place),
        "Port is not a number from 0 to 65535",
        why: "the port is part of what tells one finding from another; 0 is used",
        fix: "export it again; do not edit it in a spreadsheet"))
    return 0
  }

  private func transport(_ row: Row) -> Int8 {
    switch row["Protocol"]?.lowercased() {
    case "tcp": 0
    case "udp": 1
    case "icmp": 2
    default: 3
    }
  }

  private func severity(_ row: Row) -> Int8 {
    let word = row.raw("Risk")?.trimmed ?? ""
    if let rank = TenableFinding.rank(word) { return Int8(rank) }
    problems.add(
      .unknownWord(
        NessusCSVCollector.format, "Risk", word, at: reading.item.at(row.place),
        why: "the finding is kept with severity unknown; its deadline follows from its severity"))
    return -1
  }

  /// A spreadsheet in a locale with decimal commas turns 7.5 into 75 and 0.3833 into 3833.
  private func checkNumbers(_ row: Row) {
    for name in row.header.names {
      let isScore = name.hasPrefix("CVSS") || name == "VPR Score"
      guard isScore || name == "EPSS Score", let text = row[name] else { continue }
      let limit = isScore ? 10.0 : 1.0
      if let value = Double(text), (0...limit).contains(value) { continue }
      problems.add(.spreadsheetDamage(name, limit, at: reading.item.at(row.place)))
    }
  }

  /// Writes the findings as those of one scan.
  func finish() {
    problems.report(to: reading)
    let item = reading.item
    let tool = isWebScan ? "tenable_was" : "nessus"
    let scan = "\(item.provenance.name) \(item.digest.short)"
    reading.provides(.scan, .scan_host, .host_sighting)
    reading.scan(scan, tool: tool)
    var record = Record(.scan, place: "L1")
    record["scan_id"] = .text(scan)
    record["tool"] = .text(tool)
    record["status"] = .text(reading.isComplete ? "completed" : "partial")
    reading.append(record)
    for host in hosts {
      reading.append(sighting(host.name, host.row, tool))
      reading.append(scanHost(host.name, host.row, host.findings, scan))
    }
    let numbers = plugins.map { reading.plugin($0) }
    for finding in findings {
      reading.observe(
        Observation(
          host: reading.host(hosts[Int(finding.key.host)].name),
          plugin: numbers[Int(finding.key.plugin)], port: finding.key.port,
          transport: finding.key.transport, severity: finding.severity, line: finding.line))
    }
    reading.diagnose(.noScanTime(at: item.label))
  }

  private func sighting(_ name: String, _ row: Row, _ tool: String) -> Record {
    var host = TenableHost(ref: name)
    let machine = NessusHost.machine(inURL: name)
    if isIPAddress(machine) { host.addresses = [machine] } else { host.hostname = machine }
    return host.record(source: tool, place: row.place, at: nil)
  }

  private func scanHost(_ name: String, _ row: Row, _ findings: Int, _ scan: String) -> Record {
    var record = Record(.scan_host, place: row.place)
    record["scan_id"] = .text(scan)
    record["asset_id"] = .text(name)
    record["seen"] = .flag(true)
    record["findings"] = .integer(findings)
    record["credential_note"] = .text("a Nessus CSV does not say")
    return record
  }
}

extension Diagnostic {
  fileprivate static func noScanTime(at place: String) -> Diagnostic {
    Diagnostic(
      "nessus_csv.no-scan-time", .warning, at: place,
      "a Nessus CSV says neither when the scan ran nor whether with credentials",
      why: "the date of the evidence is used, hosts without a result are missing, and no finding "
        + "counts as fixed because of this scan",
      fix: "export the scan as .nessus")
  }

  fileprivate static func spreadsheetDamage(
    _ column: String, _ limit: Double, at place: String
  ) -> Diagnostic {
    Diagnostic(
      "nessus_csv.spreadsheet-damage", .warning, at: place,
      "column '\(column)' holds a number outside of 0 to \(Int(limit))",
      why: "a spreadsheet with decimal commas has saved this file, so the column is not used",
      fix: "export it again and do not open it in a spreadsheet")
  }
}
