import VouchModel

/// Reads Trivy's JSON: schema 2, the bare array of schema 1, and `trivy k8s`.
///
/// The artifact is the host: a workload in a cluster, a file system or an image. No `Results`, or
/// none with `Vulnerabilities`, is a clean scan.
enum TrivyCollector: Collector {
  static let format = "trivy"
  static let summary = "Trivy JSON: images, file systems, repositories, Kubernetes clusters"
  static let gives: [RecordType] = [.scan, .scan_host, .finding, .compliance_check, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    let json = head.jsonBeginning
    if let first = json.array?.first {
      return first.has("Target") && first.has(any: "Vulnerabilities", "Class", "Type")
    }
    return json.has("SchemaVersion") && json.has(any: "ArtifactName", "ArtifactType")
      || json.has("ClusterName")
        && json.has(any: "Resources", "Vulnerabilities", "Misconfigurations")
  }

  /// Lists of results, one a form of report, and what a result lists.
  private static let results = [
    "Results/*", "*", "Resources/*/Results/*", "Vulnerabilities/*/Results/*",
    "Misconfigurations/*/Results/*",
  ]
  private static let lists = ["Vulnerabilities", "Misconfigurations", "Secrets"]

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.compliance_check)
    var report: TrivyReport?
    let patterns = results.flatMap { result in lists.map { "\(result)/\($0)/*" } }
    try item.json(format: format, each: patterns, reading) { rest in
      report = TrivyReport(rest, reading)
      return report != nil
    } _: { element in
      let list = lists[element.pattern % lists.count]
      report?.read(element, list: list)
    }
    report?.finish()
  }
}

/// One Trivy report while it is read.
private final class TrivyReport {
  private let rest: JSON
  private let reading: Reading
  private let scan: ScanLedger
  private let artifact: String
  private var checks = CheckList()

  /// Nil, with a diagnostic, when this is no report of Trivy.
  init?(_ rest: JSON, _ reading: Reading) {
    guard rest.array != nil || rest.has(any: "ArtifactName", "ArtifactType", "ClusterName") else {
      reading.diagnose(.noReport(at: reading.item.label))
      return nil
    }
    self.rest = rest
    self.reading = reading
    artifact = Self.artifact(rest, reading.item)
    let created = rest["CreatedAt"].instant
    let run = created?.iso8601 ?? reading.item.digest.short
    scan = ScanLedger(
      reading, format: TrivyCollector.format, tool: "trivy", id: "trivy \(artifact) \(run)")
    scan.record["ended_at"] = .instant(created)
    scan.record["tool_version"] = .text(rest.at("Trivy", "Version").text)
    scan.record["severity_basis"] = .text("vendor")
    scan.record["targets"] = .list([artifact])
    reading.effectiveAt = created
    addHosts()
  }

  /// The image's or file system's name. A report of standard input has none; then the image's
  /// first tag, or what stands before ` (debian 10.8)` in the operating system's target.
  private static func artifact(_ rest: JSON, _ item: EvidenceItem) -> String {
    if let name = rest["ArtifactName"].text ?? rest["ClusterName"].text { return name }
    if let tag = rest.at("Metadata", "RepoTags")[0].text { return tag }
    let results = rest.array ?? rest["Results"].elements
    let system = results.first { $0["Target"].text?.hasSuffix(")") ?? false } ?? results.first
    guard let target = system?["Target"].text else { return item.provenance.name }
    return target.firstRange(of: " (").map { String(target[..<$0.lowerBound]) } ?? target
  }

  private func addHosts() {
    guard rest.has("ClusterName") else {
      let system = rest.at("Metadata", "OS")
      let os = [system["Family"].text, system["Name"].text].compactMap(\.self)
      let hostname =
        rest["ArtifactType"].text == "container_image" ? imageRepository(artifact) : artifact
      add(artifact, place: "") { sighting in
        sighting["hostname"] = .text(hostname)
        sighting["os"] = .text(os.isEmpty ? nil : os.joined(separator: " "))
      }
      return
    }
    for list in ["Resources", "Vulnerabilities", "Misconfigurations"] {
      for (i, resource) in rest[list].elements.enumerated() {
        let ref = Self.workload(resource)
        add(ref, place: "/\(list)/\(i)") { $0["hostname"] = .text(ref) }
      }
    }
  }

  private func add(_ ref: String, place: String, sighting: @escaping (inout Record) -> Void) {
    scan.host(
      ref, place: place,
      details: {
        // Trivy reads the package database itself, so what it no longer lists is gone.
        $0["credentialed"] = .flag(true)
        $0["credential_note"] = .text("reads the artifact's own package lists")
      }, sighting: sighting)
  }

  private static func workload(_ resource: JSON) -> String {
    ["Namespace", "Kind", "Name"].compactMap { resource[$0].text }.joined(separator: "/")
  }

  // MARK: Elements

  func read(_ element: JSONElement, list: String) {
    let (ref, result) = owner(of: element)
    switch list {
    case "Vulnerabilities": vulnerability(element, of: ref)
    case "Misconfigurations": misconfiguration(element, of: ref, in: result)
    default: secret(element, of: ref, in: result)
    }
  }

  /// The host that an element belongs to, and the result it stands in.
  private func owner(of element: JSONElement) -> (ref: String, result: JSON) {
    let steps = element.pointer.split(separator: "/")
    if rest.has("ClusterName"), let list = steps.first, element.indices.count == 3 {
      let resource = rest[String(list)][element.indices[0]]
      return (Self.workload(resource), resource["Results"][element.indices[1]])
    }
    let results = rest.array == nil ? rest["Results"] : rest
    return (artifact, results[element.indices[0]])
  }

  private func vulnerability(_ element: JSONElement, of ref: String) {
    let json = element.json
    guard let id = json["VulnerabilityID"].text, let package = json["PkgName"].text else {
      reading.diagnose(.noVulnerabilityID(at: reading.item.at(element.pointer)))
      return
    }
    var plugin = Plugin(id: "\(id) \(package)", name: json["Title"].text ?? id)
    plugin.app = package
    plugin.cves = ([id] + (json["VendorIDs"].strings ?? [])).cves
    plugin.score = score(json)
    plugin.fixedVersion = json["FixedVersion"].text ?? ""
    var severity = scan.severity(json["Severity"].text, place: element.pointer)
    // With `--show-suppressed` and old databases the vendor's "not affected" is listed too.
    if json["Status"].text == "not_affected" { severity = 0 }
    scan.observe(ref, plugin, severity: severity, line: element.line)
  }

  /// The CVSS score of the source that the severity is from, else NVD's, else the first by name.
  private func score(_ json: JSON) -> Double? {
    let vendors = json["CVSS"].object ?? []
    let preferred = [json["SeveritySource"].text, "nvd"].compactMap(\.self)
    let ordered =
      preferred.map { json["CVSS"][$0] } + vendors.sorted { $0.key < $1.key }.map(\.value)
    for scores in ordered {
      if let score = scores["V40Score"].real ?? scores["V3Score"].real ?? scores["V2Score"].real {
        return score
      }
    }
    return nil
  }

  private func misconfiguration(_ element: JSONElement, of ref: String, in result: JSON) {
    let json = element.json
    var check = Record(.compliance_check, place: element.pointer)
    let id = json["ID"].text ?? json["AVDID"].text
    guard let id, let outcome = outcome(json["Status"].text, at: element.pointer) else {
      if id == nil { reading.diagnose(.noVulnerabilityID(at: reading.item.at(element.pointer))) }
      return
    }
    // One file of many in a repository; a workload is its own target.
    let target = rest.has("ClusterName") ? nil : result["Target"].text
    check["check_id"] = .text(target.map { "\(id) \($0)" } ?? id)
    check["asset_id"] = .text(ref)
    check["name"] = .text(json["Title"].text)
    check["result"] = .text(outcome)
    check["benchmark"] = .text(json["Type"].text)
    check["severity"] = .text(json["Severity"].text?.lowercased())
    check["source"] = .text("trivy")
    check["scan_id"] = .text(scan.id)
    checks.add(check)
  }

  private func outcome(_ status: String?, at place: String) -> String? {
    switch status {
    case "FAIL": return "failed"
    case "PASS": return "passed"
    // Left out by an exception of the policy: nobody looked.
    case "EXCEPTION": return "unknown"
    default:
      reading.diagnose(
        .unknownWord(
          TrivyCollector.format, "status", status ?? "", at: reading.item.at(place),
          why: "a check without a result is not counted"))
      return nil
    }
  }

  /// A secret in a file. What was matched stays in the evidence and goes nowhere else.
  private func secret(_ element: JSONElement, of ref: String, in result: JSON) {
    let json = element.json
    let file = result["Target"].text ?? ""
    let rule = json["RuleID"].text ?? "secret"
    var plugin = Plugin(id: "\(rule) \(file)", name: json["Title"].text ?? rule)
    plugin.family = "secret"
    let severity = scan.severity(json["Severity"].text, place: element.pointer)
    scan.observe(ref, plugin, severity: severity, line: element.line)
  }

  func finish() {
    scan.finish()
    for check in checks.worst { reading.append(check) }
  }
}

extension Diagnostic {
  fileprivate static func noReport(at place: String) -> Diagnostic {
    Diagnostic(
      "trivy.no-report", .error, at: place, "the file names neither an artifact nor a cluster",
      why: "it cannot be told what was scanned", fix: "write it with: trivy image --format json")
  }

  fileprivate static func noVulnerabilityID(at place: String) -> Diagnostic {
    Diagnostic(
      "trivy.no-id", .error, at: place, "an entry has no id or no package",
      why: "it cannot be told from the others, so it is left out", fix: "export the report again")
  }
}
