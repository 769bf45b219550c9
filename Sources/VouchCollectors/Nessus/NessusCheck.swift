import VouchModel

/// One check of a configuration audit: a ReportItem with children of the `cm` namespace.
struct NessusCheck {
  let id: String?
  let name: String?
  /// As written; empty when missing.
  let resultText: String
  let benchmark: String?
  let severity: Int?

  init(_ item: NessusItem) {
    name = item.first(.checkName)
    // Older scanners write no id; the name is unique within an audit file.
    id = item.first(.checkID) ?? name
    resultText = item.first(.checkResult) ?? ""
    benchmark = item.first(.benchmark) ?? item.first(.auditFile)
    severity = item.severity < 0 ? nil : Int(item.severity)
  }

  /// The case of the word varies. It is never told from the severity.
  var result: String {
    switch resultText.uppercased() {
    case "PASSED": "passed"
    case "FAILED": "failed"
    case "WARNING": "warning"
    case "ERROR": "error"
    default: "unknown"
    }
  }

  var isKnownResult: Bool { result != "unknown" }

  /// The record without scan and host; nil when nothing tells the check from the other ones.
  func record(place: String) -> Record? {
    guard let id else { return nil }
    var record = Record(.compliance_check, place: place)
    record["check_id"] = .text(id)
    record["name"] = .text(name)
    record["result"] = .text(result)
    record["benchmark"] = .text(benchmark)
    record["severity"] = .text(severity.map(String.init))
    return record
  }
}
