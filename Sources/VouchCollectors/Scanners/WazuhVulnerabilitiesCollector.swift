import VouchModel

/// Reads Wazuh's vulnerability inventory: an index search (4.8 and later) or the answer of the
/// API (to 4.7), which does not name the agent: its source needs the option `asset`.
enum WazuhVulnerabilitiesCollector: Collector {
  static let format = "wazuh_vulnerabilities"
  static let summary = "Wazuh vulnerabilities: index search (4.8+) or API answer (to 4.7)"
  static let gives: [RecordType] = [.scan, .scan_host, .finding, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    let json = head.jsonBeginning
    if json.has(all: "hits", "_shards") {
      let first = json.at("hits", "hits")[0]
      return first["_index"].text?.contains("wazuh-states-vulnerabilities") ?? false
        || first["_source"].has(all: "agent", "vulnerability")
    }
    let first = json.at("data", "affected_items")[0]
    return first.has("cve") && first.has(any: "detection_time", "condition", "architecture")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    var inventory: WazuhInventory?
    try item.json(
      format: format, each: ["hits/hits/*", "data/affected_items/*"], reading
    ) { rest in
      inventory = WazuhInventory(rest, reading)
      return true
    } _: { element in
      inventory?.read(element)
    }
    inventory?.finish()
  }
}

/// One listing of Wazuh while it is read.
private final class WazuhInventory {
  private let reading: Reading
  private let scan: ScanLedger
  /// What the answer says there is, and how much of it was in the answer.
  private let total: Int?
  private var count = 0

  init(_ rest: JSON, _ reading: Reading) {
    self.reading = reading
    scan = ScanLedger(
      reading, format: WazuhVulnerabilitiesCollector.format, tool: "wazuh",
      id: "wazuh \(reading.item.digest.short)")
    scan.record["severity_basis"] = .text("vendor")
    total =
      rest.at("data", "total_affected_items").integer ?? rest.at("hits", "total", "value").integer
      ?? rest.at("hits", "total").integer
  }

  func read(_ element: JSONElement) {
    count += 1
    if element.pattern == 0 { readHit(element) } else { readItem(element) }
  }

  /// 4.8: a document of the index `wazuh-states-vulnerabilities-*`.
  private func readHit(_ element: JSONElement) {
    let source = element.json["_source"]
    let agent = source["agent"]
    let vulnerability = source["vulnerability"]
    guard let ref = agent["name"].text ?? agent["id"].text, let id = vulnerability["id"].text,
      let package = source.at("package", "name").text
    else { return reportMissing(element) }
    let os = source.at("host", "os", "full").text
    addHost(ref, place: element.pointer, agentID: agent["id"].text, os: os)
    var plugin = Plugin(id: "\(id) \(package)", name: "\(id) in \(package)")
    plugin.app = package
    plugin.cves = [id].cves
    plugin.score = vulnerability.at("score", "base").real
    observe(ref, plugin, vulnerability["severity"], element)
  }

  /// 4.7: an entry of `GET /vulnerability/{agent_id}`.
  private func readItem(_ element: JSONElement) {
    let json = element.json
    // Obsolete: the package was removed or updated since.
    if json["status"].text == "OBSOLETE" { return }
    guard let ref = json["agent_name"].text ?? reading.item.subjectHost else {
      if element.indices == [0] {
        reading.diagnose(
          .subjectUnknown(WazuhVulnerabilitiesCollector.format, at: reading.item.label))
      }
      return
    }
    guard let id = json["cve"].text, let package = json["name"].text else {
      return reportMissing(element)
    }
    addHost(ref, place: element.pointer, agentID: json["agent_id"].text, os: nil)
    var plugin = Plugin(id: "\(id) \(package)", name: json["title"].text ?? "\(id) in \(package)")
    plugin.app = package
    plugin.cves = [id].cves
    plugin.score = json["cvss3_score"].real ?? json["cvss2_score"].real
    observe(ref, plugin, json["severity"], element)
  }

  private func addHost(_ ref: String, place: String, agentID: String?, os: String?) {
    scan.host(
      ref, place: place,
      details: {
        $0["credentialed"] = .flag(true)
        $0["credential_note"] = .text("the agent reads the package list")
      },
      sighting: {
        $0["hostname"] = .text(ref)
        $0["agent_id"] = .text(agentID)
        $0["os"] = .text(os)
      })
  }

  private func observe(_ ref: String, _ plugin: Plugin, _ severity: JSON, _ element: JSONElement) {
    // `-` and `Untriaged`: nobody has rated it yet.
    let word = severity.text == "Untriaged" ? nil : severity.text
    scan.observe(
      ref, plugin, severity: scan.severity(word, place: element.pointer), line: element.line)
  }

  private func reportMissing(_ element: JSONElement) {
    reading.diagnose(
      Diagnostic(
        "wazuh_vulnerabilities.no-id", .error, at: reading.item.at(element.pointer),
        "an entry has no agent, no CVE id or no package",
        why: "it cannot be counted for a host, so it is left out", fix: "export it again"))
  }

  func finish() {
    reading.checkPage(
      WazuhVulnerabilitiesCollector.format, of: "vulnerabilities", count: count, total: total)
    scan.finish()
  }
}
