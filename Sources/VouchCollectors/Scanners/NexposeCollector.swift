import VouchModel

/// Reads Nexpose / InsightVM's "XML Export 2.0". Its times are local ones of the console.
enum NexposeCollector: Collector {
  static let format = "nexpose"
  static let summary = "Nexpose / InsightVM XML Export 2.0"
  static let gives: [RecordType] = [.scan, .scan_host, .finding, .host_sighting]

  static func recognises(_ head: Head) -> Bool { head.xmlRoot == "NexposeReport" }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    try NexposeReport(reading).read()
  }
}

private final class NexposeReport {
  private let reading: Reading
  private let problems = RepeatedProblems()
  private let times: TimeFields
  /// The scans of the report, and the definitions, which stand behind the nodes.
  private var scans: [XMLNode] = []
  private var definitions: [String: (plugin: Plugin, rank: Int8)] = [:]

  init(_ reading: Reading) {
    self.reading = reading
    times = TimeFields(
      reading.item, format: NexposeCollector.format, patterns: ["yyyyMMdd'T'HHmmssSSS"],
      problems: problems)
  }

  func read() throws {
    let format = NexposeCollector.format
    try reading.item.xml(format: format, each: ["scan", "vulnerability"], reading) { node, _ in
      if node.name == "scan" { scans.append(node) } else { define(node) }
    }
    let scan = begin()
    // The first pass has reported what is wrong with the file.
    let again = Reading(reading.item, into: MemorySink())
    try reading.item.xml(format: format, each: ["node"], again) { node, _ in add(node, to: scan) }
    problems.report(to: reading)
    scan.finish()
  }

  private func define(_ node: XMLNode) {
    guard let id = node["id"] else { return }
    var plugin = Plugin(id: id, name: node["title"] ?? id)
    plugin.cves =
      node.at("references").children("reference")
      .filter { $0["source"] == "CVE" }.compactMap(\.text).cves
    plugin.score = cvssScore(node["cvssV3Score"] ?? node["cvssScore"])
    // Without a CVSS score Nexpose's own severity, 1 to 10, stands on the same scale.
    let rank = plugin.score ?? node["severity"].flatMap(Double.init)
    definitions[id] = (plugin, rank.flatMap(cvssRank) ?? -1)
  }

  private func begin() -> ScanLedger {
    let ids = scans.compactMap { $0["id"] }
    let scan = ScanLedger(
      reading, format: NexposeCollector.format, tool: "nexpose",
      id: "nexpose \(ids.isEmpty ? reading.item.digest.short : ids.joined(separator: "+"))",
      place: scans.first?.place ?? "")
    let started = scans.compactMap { times.instant($0["startTime"], "startTime", at: $0.place) }
    let ended = scans.compactMap { times.instant($0["endTime"], "endTime", at: $0.place) }
    scan.record["policy"] = .text(scans.first?["name"])
    scan.record["severity_basis"] = .text("cvss_v3")
    scan.record["started_at"] = .instant(started.min())
    scan.record["ended_at"] = .instant(ended.max())
    let isFinished = scans.allSatisfy { $0["status"] == "finished" }
    scan.record["status"] = .text(isFinished ? "completed" : "aborted")
    reading.effectiveAt = ended.max() ?? started.min()
    return scan
  }

  private func add(_ node: XMLNode, to scan: ScanLedger) {
    guard let ref = node["address"] else {
      problems.add(
        .missingField(
          NexposeCollector.format, "node address", at: reading.item.at(node.place),
          why: "its results cannot be counted for a host"))
      return
    }
    let names = node.at("names").children("name").compactMap(\.text)
    let os = node.at("fingerprints").children("os")
      .max { (Double($0["certainty"] ?? "") ?? 0) < (Double($1["certainty"] ?? "") ?? 0) }
    scan.host(
      ref, place: node.place,
      details: { $0["seen"] = .flag(node["status"] == "alive") },
      sighting: {
        $0["hostname"] = .text(names.first)
        $0["fqdn"] = .text(names.first { $0.contains(".") })
        $0["addresses"] = .list(isAddress(ref) ? [ref] : nil)
        $0["macs"] = .list(node["hardware-address"].map { [Self.mac($0)] })
        $0["agent_id"] = .text(node["device-id"])
        $0["os"] = .text(
          os.map { os in
            ["vendor", "product", "version"].compactMap { os[$0] }.joined(separator: " ")
          })
      })
    addTests(in: node, of: ref, port: (0, 3), to: scan)
  }

  /// `0050569A0001` with colons.
  private static func mac(_ digits: String) -> String {
    guard digits.count == 12, digits.allSatisfy(\.isHexDigit) else { return digits }
    let all = Array(digits)
    return stride(from: 0, to: 12, by: 2).map { String(all[$0...$0 + 1]) }.joined(separator: ":")
  }

  /// Tests stand in the node itself, and in the services of its endpoints.
  private func addTests(
    in node: XMLNode, of ref: String, port: (Int32, Int8), to scan: ScanLedger
  ) {
    for child in node.children {
      switch child.name {
      case "test": add(test: child, of: ref, port: port, to: scan)
      case "endpoint":
        let (number, transport) = OpenVASCollector.port(
          "\(child["port"] ?? "0")/\(child["protocol"] ?? "")")
        addTests(in: child, of: ref, port: (number, transport), to: scan)
      default: addTests(in: child, of: ref, port: port, to: scan)
      }
    }
  }

  private func add(test: XMLNode, of ref: String, port: (Int32, Int8), to scan: ScanLedger) {
    guard let id = test["id"], let status = test["status"] else { return }
    let isAccepted = status.hasPrefix("exception-vulnerable")
    guard isAccepted || status.hasPrefix("vulnerable-") else {
      let harmless = ["not-vulnerable", "skipped", "overridden", "no-test", "exception-not"]
      if !harmless.contains(where: status.hasPrefix) {
        problems.add(
          .unknownWord(
            NexposeCollector.format, "status", status, at: reading.item.at(test.place),
            why: "it cannot be told whether the host is vulnerable"))
      }
      return
    }
    let definition = definitions[id] ?? (Plugin(id: id, name: id), -1)
    scan.observe(
      ref, definition.plugin, severity: definition.rank, port: port.0, transport: port.1,
      accepted: isAccepted, line: test.line)
  }
}
