import VouchModel

/// Reads AWS Security Hub findings (ASFF): checks of a standard, vulnerabilities of Inspector,
/// and alerts of GuardDuty and other products.
enum SecurityHubCollector: Collector {
  static let format = "security_hub"
  static let summary = "AWS Security Hub findings (ASFF): checks, Inspector, GuardDuty"
  static let gives: [RecordType] = [
    .scan, .scan_host, .finding, .compliance_check, .alert, .host_sighting, .waiver,
  ]

  static func recognises(_ head: Head) -> Bool {
    let json = head.jsonBeginning
    let list = json.array ?? json["Findings"].array ?? json["findings"].array
    guard let list else { return false }
    guard let first = list.first else { return json.has("Findings") }
    return first["SchemaVersion"].text == "2018-10-08" && first.has("ProductArn")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.compliance_check, .alert)
    let report = SecurityHubReport(reading)
    try item.json(format: format, each: ["*", "Findings/*", "findings/*"], reading) { rest in
      reading.checkNextPage(format, isThere: rest["NextToken"].text != nil, field: "NextToken")
      return true
    } _: {
      report.read($0)
    }
    report.finish()
  }
}

/// One listing of findings while it is read.
private final class SecurityHubReport {
  private let reading: Reading
  private let problems = RepeatedProblems()
  private var checks = CheckList()
  private var archived = 0
  private var sightedAssets: Set<String> = []
  private var hasScan = false

  init(_ reading: Reading) { self.reading = reading }

  /// Security Hub lists what products report continuously; only Inspector's is a scan.
  private lazy var scan: ScanLedger = {
    hasScan = true
    let scan = ScanLedger(
      reading, format: SecurityHubCollector.format, tool: "security_hub",
      id: "security_hub \(reading.item.digest.short)")
    scan.record["severity_basis"] = .text("vendor")
    return scan
  }()

  func read(_ element: JSONElement) {
    let json = element.json
    guard let id = json["Id"].text else {
      problems.add(
        Diagnostic(
          "security_hub.no-id", .error, at: reading.item.at(element.pointer),
          "a finding has no Id", why: "it cannot be told from the others, so it is left out",
          fix: "export it again"))
      return
    }
    let isArchived = json["RecordState"].text == "ARCHIVED"
    if json.at("Compliance", "Status").text != nil {
      if isArchived { archived += 1 } else { readCheck(json, element) }
    } else if !json["Vulnerabilities"].elements.isEmpty {
      if isArchived { archived += 1 } else { readVulnerabilities(json, element) }
    } else {
      readAlert(json, id: id, isArchived: isArchived, element)
    }
  }

  private func resource(_ json: JSON) -> JSON { json["Resources"][0] }

  // MARK: Checks

  private func readCheck(_ json: JSON, _ element: JSONElement) {
    guard let asset = resource(json)["Id"].text,
      let outcome = outcome(json["Compliance"], element)
    else { return }
    let check =
      json.at("Compliance", "SecurityControlId").text ?? json.at("ProductFields", "ControlId").text
      ?? json["GeneratorId"].text ?? ""
    let seen = json["UpdatedAt"].instant
    var record = Record(.compliance_check, place: element.pointer, at: seen)
    record["asset_id"] = .text(asset)
    record["check_id"] = .text(check)
    record["name"] = .text(json["Title"].text)
    record["result"] = .text(outcome)
    record["benchmark"] = .text(
      json.at("ProductFields", "StandardsArn").text ?? json["GeneratorId"].text)
    record["severity"] = .text(json.at("Severity", "Label").text?.lowercased())
    record["source"] = .text("security_hub")
    checks.add(record)
    if json.at("Workflow", "Status").text == "SUPPRESSED", outcome == "failed" {
      reading.append(
        .scannerWaiver(
          tool: "security_hub", subject: "\(asset)|\(check)", place: element.pointer))
    }
  }

  private func outcome(_ compliance: JSON, _ element: JSONElement) -> String? {
    let reasons = compliance["StatusReasons"].elements.compactMap { $0["ReasonCode"].text }
    switch compliance["Status"].text {
    // Nothing was in scope or the results were deleted: AWS writes PASSED for that too.
    case "PASSED": return reasons.contains("CONFIG_EVALUATIONS_EMPTY") ? "unknown" : "passed"
    case "FAILED": return "failed"
    case "WARNING": return "warning"
    case "NOT_AVAILABLE": return "unknown"
    case let word:
      problems.add(
        .unknownWord(
          SecurityHubCollector.format, "status", word ?? "", at: reading.item.at(element.pointer),
          why: "a check without a result is not counted"))
      return nil
    }
  }

  // MARK: Vulnerabilities

  private func readVulnerabilities(_ json: JSON, _ element: JSONElement) {
    let workflow = json.at("Workflow", "Status").text
    guard workflow != "RESOLVED", let asset = resource(json)["Id"].text else { return }
    scan.host(
      asset, place: element.pointer, details: { $0["credentialed"] = .flag(true) }, sighting: nil)
    sight(json, asset, element)
    let severity = scan.severity(json.at("Severity", "Label").text, place: element.pointer)
    for vulnerability in json["Vulnerabilities"].elements {
      guard let id = vulnerability["Id"].text else { continue }
      let packages = vulnerability["VulnerablePackages"].elements
      for package in packages.isEmpty ? [.null] : packages {
        var plugin = Plugin(
          id: [id, package["Name"].text].compactMap(\.self).joined(separator: " "),
          name: json["Title"].text ?? id)
        plugin.app = package["Name"].text ?? ""
        plugin.cves = ([id] + (vulnerability["RelatedVulnerabilities"].strings ?? [])).cves
        plugin.score = vulnerability["Cvss"].elements.lazy.compactMap { $0["BaseScore"].real }.first
        plugin.fixedVersion = package["FixedInVersion"].text ?? ""
        scan.observe(
          asset, plugin, severity: severity, accepted: workflow == "SUPPRESSED",
          line: element.line)
      }
    }
  }

  private func sight(_ json: JSON, _ asset: String, _ element: JSONElement) {
    guard sightedAssets.insert(asset).inserted else { return }
    var record = Record(.host_sighting, place: element.pointer)
    record["source"] = .text("security_hub")
    record["ref"] = .text(asset)
    record["cloud_id"] = .text(Self.instance(asset))
    record["hostname"] = .text(resource(json).at("Tags", "Name").text)
    record["addresses"] = .list(
      resource(json).at("Details", "AwsEc2Instance", "IpV4Addresses").strings)
    reading.append(record)
  }

  /// `i-0123` of `arn:aws:ec2:…:instance/i-0123`; the last part of any other resource's name.
  private static func instance(_ arn: String) -> String? {
    arn.split { $0 == "/" || $0 == ":" }.last.map(String.init)
  }

  // MARK: Alerts

  private func readAlert(_ json: JSON, id: String, isArchived: Bool, _ element: JSONElement) {
    var alert = Record(.alert, place: element.pointer)
    let workflow = json.at("Workflow", "Status").text
    alert["source"] = .text(json["ProductName"].text?.lowercased() ?? "security_hub")
    alert["alert_id"] = .text(id)
    alert["rule"] = .text(json["Types"][0].text ?? json["GeneratorId"].text)
    let label = json.at("Severity", "Label").text?.lowercased()
    alert["severity"] = .text(label == "informational" ? "low" : label)
    alert["raised_at"] = .instant(json["CreatedAt"].instant)
    if isArchived || workflow == "RESOLVED" {
      alert["closed_at"] = .instant(json["UpdatedAt"].instant)
    }
    alert["kind"] = .text("security")
    if let asset = resource(json)["Id"].text, resource(json)["Type"].text == "AwsEc2Instance" {
      alert["asset_id"] = .text(asset)
      sight(json, asset, element)
    }
    reading.append(alert)
  }

  func finish() {
    problems.report(to: reading)
    if hasScan { scan.finish() }
    for check in checks.worst { reading.append(check) }
    if archived > 0 {
      reading.diagnose(
        Diagnostic(
          "security_hub.archived", .note, at: reading.item.label,
          "\(archived) archived findings are not counted",
          why: "Security Hub archives what a later finding replaced or whose resource is gone"))
    }
  }
}
