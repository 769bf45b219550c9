import VouchModel

/// Reads what Tenable Vulnerability Management's `/vulns/export` answers: chunks of findings with
/// their own first and last dates, and the status of the export.
enum TenableVMCollector: Collector {
  static let format = "tenable_vm"
  static let summary = "Tenable Vulnerability Management export (JSON chunks and export status)"
  static let gives: [RecordType] = [.finding, .host_sighting, .scan, .scan_host]

  static func recognises(_ head: Head) -> Bool {
    guard head.json != nil else { return false }
    return isStatus(head.jsonBeginning) || isFinding(head.jsonBeginning[0])
  }

  private static func isStatus(_ json: JSON) -> Bool {
    json.has(all: "status", "chunks_available", "chunks_failed")
  }

  private static func isFinding(_ json: JSON) -> Bool {
    json["asset"].has("uuid") && (json["asset"].has("hostname") || json["asset"].has("fqdn"))
      && (json.has(any: "plugin", "output", "port", "severity_id"))
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    var chunk = TenableChunk(reading)
    var isChunk = false
    try item.json(format: format, each: ["*"], reading) { rest in
      isChunk = rest.array != nil
      if isStatus(rest) {
        readStatus(rest, reading)
      } else if !isChunk {
        reading.diagnose(.noChunk(at: item.label))
      }
      return isChunk
    } _: { element in
      chunk.add(element)
    }
    if isChunk { chunk.finish() }
  }

  /// The export's status says whether chunks are missing; it holds no finding itself, so a good
  /// one provides nothing, and a bad one makes the findings incomplete.
  private static func readStatus(_ status: JSON, _ reading: Reading) {
    let failed = status["chunks_failed"].elements.count
    let cancelled = status["chunks_cancelled"].elements.count
    if status["status"].text == "FINISHED", failed == 0, cancelled == 0 { return }
    reading.provides(.finding)
    reading.diagnose(
      Diagnostic(
        "tenable_vm.incomplete-export", .error, at: reading.item.at("/status"),
        "the export is not finished or lacks chunks: failed \(failed), cancelled \(cancelled)",
        why: "findings of the missing chunks are not in the evidence",
        fix: "start the export again and fetch all chunks once it is FINISHED"))
  }
}

/// The findings of one chunk.
private struct TenableChunk {
  private static let source = "tenable_vm"
  private let reading: Reading
  private let problems = RepeatedProblems()
  private var findings = TenableFindings()
  private var hosts: Set<String> = []
  /// Scans by id, and the hosts they saw with their findings of severity low and above.
  private var scans: [String: Record] = [:]
  private var visits: [String: (record: Record, findings: Int)] = [:]

  init(_ reading: Reading) { self.reading = reading }

  mutating func add(_ element: JSONElement) {
    let json = element.json
    guard let host = json["asset"]["uuid"].text, let plugin = json["plugin"]["id"].text else {
      problems.add(
        .missingField(
          TenableVMCollector.format, json["asset"].has("uuid") ? "plugin.id" : "asset.uuid",
          at: reading.item.at(element.pointer),
          why: "a result without plugin or asset is no finding that can be followed"))
      return
    }
    let finding = finding(json, host: host, plugin: plugin, place: element.pointer)
    findings.add(finding)
    if hosts.insert(host).inserted {
      reading.append(sighting(json["asset"], ref: host, finding))
    }
    addVisit(json, finding)
  }

  private func finding(
    _ json: JSON, host: String, plugin id: String, place: String
  ) -> TenableFinding {
    var finding = TenableFinding(host: host, place: place)
    finding.plugin = plugin(json["plugin"], id: id)
    finding.isKnownExploited = finding.plugin.kev
    finding.port = json["port"]["port"].integer ?? 0
    finding.transport = json["port"]["protocol"].text?.lowercased() ?? "tcp"
    finding.severity =
      json["severity_id"].integer ?? json["severity"].string.flatMap(TenableFinding.rank)
    if finding.severity.map({ !(0...4).contains($0) }) ?? true {
      finding.severity = nil
      problems.add(
        .unknownWord(
          TenableVMCollector.format, "severity", json["severity"].text ?? "",
          at: reading.item.at(place),
          why: "the finding is kept with severity unknown; its deadline follows from it"))
    }
    finding.firstSeen = json["first_found"].instant
    finding.lastSeen = json["last_found"].instant
    finding.lastFixed = json["last_fixed"].instant
    finding.isAccepted = json["severity_modification_type"].text == "ACCEPTED"
    if let problem = finding.setState(
      json["state"].text, reading, format: TenableVMCollector.format)
    {
      problems.add(problem)
    }
    return finding
  }

  private func plugin(_ json: JSON, id: String) -> Plugin {
    var plugin = Plugin(id: id, name: json["name"].text ?? "")
    plugin.family = json["family"].text ?? ""
    plugin.cves = json["cve"].strings ?? []
    plugin.app = nessusApplication(cpes: (json["cpe"].strings ?? []).joined(separator: "\n"))
    plugin.fixAvailableAt = json["patch_publication_date"].instant
    plugin.kev = json["xrefs"].elements.contains { $0["type"].text == "CISA-KNOWN-EXPLOITED" }
    return plugin
  }

  private func sighting(_ asset: JSON, ref: String, _ finding: TenableFinding) -> Record {
    var host = TenableHost(ref: ref)
    host.hostname = asset["hostname"].text ?? asset["netbios_name"].text
    host.fqdn = asset["fqdn"].text
    host.addresses = [asset["ipv4"].text, asset["ipv6"].text].compactMap(\.self)
    host.macs = [asset["mac_address"].text].compactMap(\.self)
    host.agentID = asset["agent_uuid"].text ?? asset["bios_uuid"].text
    host.os = asset["operating_system"].strings?.joined(separator: "; ")
    return host.record(source: Self.source, place: finding.place, at: finding.lastSeen)
  }

  /// The scan that saw the finding last, and the host in it.
  private mutating func addVisit(_ json: JSON, _ finding: TenableFinding) {
    guard let id = json["scan"]["uuid"].text else { return }
    let start = json["scan"]["started_at"].instant
    let end = json["scan"]["completed_at"].instant
    if scans[id] == nil {
      var scan = Record(.scan, place: finding.place, at: end ?? start)
      scan["scan_id"] = .text(id)
      scan["tool"] = .text(Self.source)
      scan["started_at"] = .instant(start)
      scan["ended_at"] = .instant(end)
      scan["status"] = .text(end == nil ? "partial" : "completed")
      scans[id] = scan
    }
    let key = id + "|" + finding.host
    if visits[key] == nil {
      var visit = Record(.scan_host, place: finding.place, at: end ?? start)
      visit["scan_id"] = .text(id)
      visit["asset_id"] = .text(finding.host)
      visit["seen"] = .flag(true)
      // Whether the last results that needed credentials are of this scan.
      let credentialed = json["asset"]["last_authenticated_results"].instant
      visit["credentialed"] = .flag(
        credentialed.flatMap { last in start.map { last >= $0 } })
      visit["started_at"] = .instant(start)
      visit["ended_at"] = .instant(end)
      visits[key] = (visit, 0)
    }
    if finding.severity != 0 { visits[key]?.findings += 1 }
  }

  func finish() {
    reading.provides(.host_sighting, .scan, .scan_host)
    findings.report(to: reading)
    for (_, scan) in scans.sorted(by: { $0.key < $1.key }) { reading.append(scan) }
    for (_, visit) in visits.sorted(by: { $0.key < $1.key }) {
      var record = visit.record
      record["findings"] = .integer(visit.findings)
      reading.append(record)
    }
    problems.report(to: reading)
  }
}

extension Diagnostic {
  fileprivate static func noChunk(at place: String) -> Diagnostic {
    Diagnostic(
      "tenable_vm.no-chunk", .error, at: place,
      "this is neither an array of findings nor the status of an export",
      why: "nothing was read from it",
      fix: "save the answers of /vulns/export/UUID/chunks/N and of /vulns/export/UUID/status")
  }
}
