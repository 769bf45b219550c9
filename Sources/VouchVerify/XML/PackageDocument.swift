/// What `package.xml` says of things that other files of the package say too.
struct PackageDocument: XMLVisitor {
  struct Control: Sendable {
    let id: String
    let figures: [String: String]
    let line: Int
  }

  struct Criterion: Sendable {
    let id: String
    let verdict: String
    let line: Int
  }

  struct File: Sendable {
    /// Number of the ledger's entry.
    let number: String
    let path: String
    let digest: String
    let size: String
    let records: String
    let line: Int
  }

  /// Attributes of the root: name, status, as-of, rules-digest.
  private(set) var root: [String: String] = [:]
  private(set) var period: [String: String] = [:]
  private(set) var organization = ""
  private(set) var controls: [Control] = []
  private(set) var criteria: [Criterion] = []
  private(set) var files: [File] = []

  private var open: [String] = []

  mutating func start(_ element: XMLElement) {
    switch (open.last, element.name) {
    case (nil, _): root = element.attributes
    case ("package", "period"): period = element.attributes
    case ("controls", "control"):
      controls.append(
        Control(
          id: element["id"] ?? "", figures: element.attributes, line: element.line))
    case ("criteria", "criterion"):
      criteria.append(
        Criterion(
          id: element["id"] ?? "", verdict: element["verdict"] ?? "", line: element.line))
    case ("evidence", "file"):
      files.append(
        File(
          number: element["number"] ?? "", path: element["path"] ?? "",
          digest: element["sha256"] ?? "", size: element["size"] ?? "",
          records: element["records"] ?? "", line: element.line))
    default: break
    }
    open.append(element.name)
  }

  mutating func text(_ text: String) {
    if open == ["package", "engagement", "organization"] { organization += text }
  }

  mutating func end(_ name: String) { _ = open.popLast() }
}
