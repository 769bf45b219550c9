import VouchModel

/// Reads the CSV listings of findings of Tenable's platforms: the old Tenable.io workbench, the
/// findings page of Tenable Vulnerability Management, and Security Center's vulnerability details.
///
/// All three list findings with their own first and last dates, one row for each CVE or one with
/// all of them.
enum TenableCSVCollector: Collector {
  static let format = "tenable_csv"
  static let summary =
    "Findings as CSV from Tenable.io, Tenable Vulnerability Management or Security Center"
  static let gives: [RecordType] = [.finding, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    head.delimitedHeader.flatMap { TenableLayout(Row.Header($0)) } != nil
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    var table = TenableTable(reading)
    try item.rows(format: format, reading) { header in
      table.layout = TenableLayout(header)
      if table.layout == .summary { reading.diagnose(.summaryView(at: item.at("L1"))) }
      return table.layout != nil && table.layout != .summary
    } _: { row in
      table.add(row)
    }
    if table.layout != nil, table.layout != .summary { table.finish() }
  }
}

/// Which of the listings it is, told by its columns.
private enum TenableLayout {
  case workbench, findings, securityCenter
  /// Security Center's summary by plugin: counts, no hosts.
  case summary

  init?(_ header: Row.Header) {
    if header.has("Plugin ID", "Vulnerability State", "First Found", "Last Found", "Host") {
      self = .workbench
    } else if header.has("definition.id", "asset.id", "first_observed", "state") {
      self = .findings
    } else if header.has("Plugin", "Plugin Name", "Severity", "IP Address", "First Discovered") {
      self = .securityCenter
    } else if header.has("Plugin", "Severity", "Total"),
      header.positions["Name"] != nil || header.positions["Plugin Name"] != nil
    {
      self = .summary
    } else {
      return nil
    }
  }
}

private struct TenableTable {
  var layout: TenableLayout?
  private let reading: Reading
  private let problems = RepeatedProblems()
  private let times: TimeFields
  private var findings = TenableFindings()
  private var hosts: Set<String> = []

  init(_ reading: Reading) {
    self.reading = reading
    times = TimeFields(reading.item, format: TenableCSVCollector.format, problems: problems)
  }

  mutating func add(_ row: Row) {
    if row.cells.allSatisfy({ $0.trimmed.isEmpty }) { return }
    let host = host(row)
    guard let plugin = plugin(row), let host else {
      problems.add(
        .missingField(
          TenableCSVCollector.format, host == nil ? "host" : "plugin",
          at: reading.item.at(row.place),
          why: "a result without plugin or host is no finding that can be followed"))
      return
    }
    var finding = TenableFinding(host: host.ref, place: row.place)
    finding.plugin = plugin
    finding.source = source
    finding.isKnownExploited = layout == .workbench ? nil : plugin.kev
    finding.port = port(row)
    finding.transport = (row["Protocol"] ?? row["protocol"] ?? "tcp").lowercased()
    finding.severity = severity(row)
    setDates(&finding, row)
    findings.add(finding)
    if hosts.insert(host.ref).inserted {
      reading.append(host.record(source: source, place: row.place, at: finding.lastSeen))
    }
  }

  func finish() {
    reading.provides(.host_sighting)
    findings.report(to: reading)
    problems.report(to: reading)
  }

  private var source: String { layout == .securityCenter ? "tenable_sc" : "tenable_vm" }

  private func host(_ row: Row) -> TenableHost? {
    switch layout {
    case .workbench:
      guard let ref = row["Host"] else { return nil }
      var host = TenableHost(ref: ref)
      host.hostname = row["NetBios"] ?? (isIPAddress(ref) ? nil : ref)
      host.fqdn = row["FQDN"]
      host.addresses = list(row["IP Address"])
      host.os = row["OS"]
      return host
    case .findings:
      guard let ref = row["asset.id"] else { return nil }
      var host = TenableHost(ref: ref)
      host.hostname = row["asset.host_name"] ?? row["asset.name"] ?? row["asset.netbios_name"]
      host.fqdn = row["asset.display_fqdn"]
      host.addresses =
        list(row["asset.display_ipv4_address"]) + list(row["asset.display_ipv6_address"])
      host.macs = list(row["asset.display_mac_address"])
      host.os = row["asset.operating_system"]
      return host
    case .securityCenter:
      guard let ref = row["IP Address"] ?? row["DNS Name"] else { return nil }
      var host = TenableHost(ref: ref)
      host.hostname = row["NetBIOS Name"]
      host.fqdn = row["DNS Name"]
      host.addresses = list(row["IP Address"])
      host.macs = list(row["MAC Address"])
      return host
    case .summary, nil: return nil
    }
  }

  private func list(_ text: String?) -> [String] {
    (text ?? "").split(whereSeparator: { $0 == "," || $0.isNewline }).map(\.trimmed)
  }

  private func plugin(_ row: Row) -> Plugin? {
    guard let id = row["Plugin ID"] ?? row["definition.id"] ?? row["Plugin"] else { return nil }
    var plugin = Plugin(
      id: id, name: row["Name"] ?? row["definition.name"] ?? row["Plugin Name"] ?? "")
    plugin.family = row["Plugin Family"] ?? row["definition.family"] ?? row["Family"] ?? ""
    plugin.app = nessusApplication(cpes: row["definition.cpe"] ?? row["CPE"] ?? "")
    plugin.cves = list(row["CVE"] ?? row["definition.cve"])
    let references = row["definition.references"] ?? row["Cross References"] ?? ""
    plugin.kev = references.contains("CISA-KNOWN-EXPLOITED")
    let published = row["definition.patch_published"] ?? row["Patch Publication Date"]
    // A day of publication; Security Center adds a time and the reader's zone to it.
    plugin.fixAvailableAt = published.flatMap { text in
      (WrittenTime(iso: text) ?? WrittenTime(securityCenter: text)).map {
        Instant(seconds: $0.local.seconds / 86400 * 86400)
      }
    }
    return plugin
  }

  private func port(_ row: Row) -> Int {
    guard let text = row["Port"] ?? row["port"] else { return 0 }
    if let port = Int(text), (0..<65536).contains(port) { return port }
    problems.add(
      Diagnostic(
        "tenable_csv.unknown-port", .error, at: reading.item.at(row.place),
        "the port is not a number from 0 to 65535",
        why: "the port is part of what tells one finding from another; 0 is used",
        fix: "export it again; do not edit it in a spreadsheet"))
    return 0
  }

  private func severity(_ row: Row) -> Int? {
    let word = row.raw("Severity")?.trimmed ?? row.raw("severity")?.trimmed ?? ""
    if let rank = Int(word), (0...4).contains(rank) { return rank }
    if let rank = TenableFinding.rank(word) { return rank }
    problems.add(
      .unknownWord(
        TenableCSVCollector.format, "severity", word, at: reading.item.at(row.place),
        why: "the finding is kept with severity unknown; its deadline follows from it"))
    return nil
  }

  private func setDates(_ finding: inout TenableFinding, _ row: Row) {
    if layout == .securityCenter {
      finding.firstSeen = securityCenterInstant(row, "First Discovered")
      finding.lastSeen = securityCenterInstant(row, "Last Observed")
      return
    }
    let isWorkbench = layout == .workbench
    func time(_ column: String) -> Instant? {
      times.instant(row[column], column, at: row.place, severity: .error)
    }
    finding.firstSeen = time(isWorkbench ? "First Found" : "first_observed")
    finding.lastSeen = time(isWorkbench ? "Last Found" : "last_seen")
    finding.lastFixed = time(isWorkbench ? "Last Fixed" : "last_fixed")
    finding.isAccepted = row[isWorkbench ? "Modification" : "risk_modified"] == "ACCEPTED"
    let state = row[isWorkbench ? "Vulnerability State" : "state"]
    if let problem = finding.setState(state, reading, format: TenableCSVCollector.format) {
      problems.add(problem)
    }
  }

  /// `Jan 5, 2021 10:24:08 MST`: the abbreviation is that of the user who exported, and may stand
  /// for several zones, so the source's zone is needed.
  private func securityCenterInstant(_ row: Row, _ column: String) -> Instant? {
    guard let text = row[column] else { return nil }
    guard let time = WrittenTime(securityCenter: text) ?? WrittenTime(iso: text) else {
      problems.add(
        .unreadableTime(
          TenableCSVCollector.format, column, .error, at: reading.item.at(row.place)))
      return nil
    }
    return times.instant(time, column, at: row.place, severity: .error)
  }
}

extension WrittenTime {
  /// `Jan 5, 2021 10:24:08 MST`. Of the abbreviations only UTC and GMT name one zone.
  fileprivate init?(securityCenter text: String) {
    let words = text.split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init)
    guard words.count == 4 || words.count == 5 else { return nil }
    self.init(ctime: "Day \(words[0]) \(words[1]) \(words[3]) \(words[2])")
    if words.count == 5, words[4] == "UTC" || words[4] == "GMT" {
      let c = local.civil
      self.init(
        year: c.year, month: c.month, day: c.day, hour: c.hour, minute: c.minute, second: c.second,
        zone: .offset(0))
    }
  }
}

extension Diagnostic {
  fileprivate static func summaryView(at place: String) -> Diagnostic {
    Diagnostic(
      "tenable_csv.summary-view", .error, at: place,
      "this is Security Center's summary: it counts results and names no host",
      why: "a count cannot be followed to a host, so it is no evidence for one",
      fix: "choose 'Vulnerability Detail List' in Security Center and export that as CSV")
  }
}
