import VouchModel

/// Reads testssl.sh: CSV (`--csvfile`), flat JSON (`--jsonfile`) and JSON (`--jsonfile-pretty`).
///
/// The first two hold no date. The addresses behind one name make one row, the worst of each. An
/// interrupted run leaves JSON without its end, which is reported.
enum TestSSLCollector: Collector {
  static let format = "testssl"
  static let summary = "testssl.sh: TLS versions and certificates of endpoints (CSV, JSON)"
  static let gives: [RecordType] = [.certificate]

  static func recognises(_ head: Head) -> Bool {
    if head.json != nil {
      return head.hasJSON("[].id", "[].ip", "[].port", "[].severity", "[].finding")
        || head.hasJSON("Invocation", "scanResult[]")
    }
    return head.delimitedHeader?.starts(with: ["id", "fqdn/ip", "port", "severity", "finding"])
      == true
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.certificate)
    var scan = TestSSLScan()
    let head = Head(raw: try item.head(), name: item.provenance.name)
    if head.json == nil {
      try item.rows(format: format, reading) { row in
        scan.take(
          id: row["id"] ?? "", host: row["fqdn/ip"] ?? "", port: row["port"] ?? "",
          severity: row["severity"] ?? "", finding: row.raw("finding") ?? "", place: row.place)
      }
    } else {
      guard let root = try item.json(format: format, reading) else { return }
      reading.effectiveAt = root["startTime"].instant
      scan.take(root)
    }
    for endpoint in scan.endpoints {
      if !endpoint.untold.isEmpty {
        reading.diagnose(.versionsUntold(format, endpoint, at: item.at(endpoint.place)))
      }
      reading.append(endpoint.record)
    }
    for (problem, place) in scan.problems {
      reading.diagnose(.scanProblem(problem, at: item.at(place)))
    }
  }
}

/// The findings of a run, gathered by endpoint in the order of their first finding.
private struct TestSSLScan {
  private var order: [String] = []
  private var byName: [String: TLSEndpoint] = [:]
  /// The scanner's own difficulties that cost a whole endpoint.
  private(set) var problems: [(String, String)] = []

  var endpoints: [TLSEndpoint] { order.compactMap { byName[$0] } }

  private static let versions = [
    "SSLv2": "0.2", "SSLv3": "0.3", "TLS1": "1.0", "TLS1_1": "1.1", "TLS1_2": "1.2",
    "TLS1_3": "1.3",
  ]

  /// - Parameter host: `name/address`; the address is missing before the name is resolved.
  mutating func take(
    id: String, host: String, port: String, severity: String, finding: String, place: String
  ) {
    if id == "scanProblem" {
      problems.append((finding, place))
      return
    }
    let name = "\(host.prefix { $0 != "/" }):\(port)"
    var endpoint = byName[name] ?? TLSEndpoint(name: name, place: place)
    // `cert_notAfter <cert#2>`: of a second certificate.
    switch id.prefix(while: { $0 != " " }) {
    case let known where Self.versions[String(known)] != nil:
      endpoint.take(
        Self.versions[String(known)] ?? "", isAccepted: isOffered(finding, severity))
    case "cert_notBefore": endpoint.take(notBefore: Self.instant(finding))
    case "cert_notAfter": endpoint.take(notAfter: Self.instant(finding), issuer: nil)
    case "cert_caIssuers", "cert_issuer": endpoint.take(issuer: finding)
    default:
      if byName[name] == nil { return }
    }
    if byName[name] == nil { order.append(name) }
    byName[name] = endpoint
  }

  /// The pretty form sorts findings into sections of each target.
  mutating func take(_ root: JSON) {
    if let findings = root.array {
      for (index, finding) in findings.enumerated() { take(finding, finding, at: "/\(index)") }
      return
    }
    for (index, target) in root["scanResult"].elements.enumerated() {
      for (section, findings) in target.object ?? [] {
        for (number, finding) in findings.elements.enumerated() {
          take(finding, target, at: "/scanResult/\(index)/\(section)/\(number)")
        }
      }
    }
  }

  private mutating func take(_ finding: JSON, _ target: JSON, at place: String) {
    take(
      id: finding["id"].text ?? "", host: target["targetHost"].text ?? finding["ip"].text ?? "",
      port: finding["port"].text ?? target["port"].text ?? "",
      severity: finding["severity"].text ?? "", finding: finding["finding"].string ?? "",
      place: place)
  }

  /// `offered`, `offered (deprecated)`; `not offered`, `is not offered`; anything else, and what
  /// the scanner marks WARN, is a test that did not work.
  private func isOffered(_ finding: String, _ severity: String) -> Bool? {
    if severity == "WARN" || severity == "DEBUG" { return nil }
    if finding.hasPrefix("not offered") || finding.hasPrefix("is not offered")
      || finding.hasPrefix("not supported")
    {
      return false
    }
    return finding.hasPrefix("offered") || finding.hasPrefix("is offered")
      || finding.hasPrefix("supported") ? true : nil
  }

  /// testssl.sh prints `2024-05-01 12:00` in UTC.
  private static func instant(_ text: String) -> Instant? {
    WrittenTime(iso: text.prefix(16)).map { Zone.utc.instant($0) }
  }
}

extension Diagnostic {
  fileprivate static func scanProblem(_ text: String, at place: String) -> Diagnostic {
    Diagnostic(
      "testssl.scan-problem", .error, at: place,
      "the scan of an endpoint failed: \(text.prefix(120))",
      why: "an endpoint that was not scanned is missing from the population",
      fix: "scan it again from a machine that reaches it")
  }
}
