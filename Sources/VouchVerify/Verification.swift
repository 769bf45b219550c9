import VouchModel

/// What checking a package found: every check that was made, and everything that is not right.
public struct Verification: Sendable, Hashable {
  /// How the package was given.
  public enum Form: String, Sendable, Hashable { case folder, zip }

  /// Name of the package's folder.
  public let package: String
  public let form: Form
  public let files: Int
  /// Bytes of all files, unpacked.
  public let bytes: Int
  /// In the order in which they build on one another.
  public let checks: [Check]

  /// Whether no check found anything. A check that was skipped says so; it does not make a
  /// package invalid, since what it needs (a list of signers, say) is the reader's to give.
  public var isValid: Bool { checks.allSatisfy { $0.findings.isEmpty } }

  /// All findings, in the order of the checks.
  public var findings: [Finding] { checks.flatMap(\.findings) }

  public func check(_ id: String) -> Check? { checks.first { $0.id == id } }
}

/// One question put to a package, with its answer.
public struct Check: Sendable, Hashable {
  public enum Outcome: Sendable, Hashable {
    case ok
    case failed
    /// The question could not be put; the reason says what is missing.
    case skipped(String)

    /// `ok`, `failed` or `skipped`.
    public var name: String {
      switch self {
      case .ok: "ok"
      case .failed: "failed"
      case .skipped: "skipped"
      }
    }
  }

  /// Stable: `manifest`, `ledger`. The ids of its findings begin with it.
  public let id: String
  /// What is the case when the check is ok.
  public let title: String
  /// What was looked at: `412 files`. May be empty.
  public internal(set) var note = ""
  public internal(set) var findings: [Finding] = []
  var skipped: String?

  init(_ id: String, _ title: String) {
    self.id = id
    self.title = title
  }

  /// A check with findings has failed, also when a part of it could not be made.
  public var outcome: Outcome {
    if !findings.isEmpty { return .failed }
    if let skipped { return .skipped(skipped) }
    return .ok
  }

  mutating func find(
    _ id: String, _ file: String, _ text: String, expected: String? = nil, actual: String? = nil
  ) {
    findings.append(
      Finding(
        id: "\(self.id).\(id)", file: file, text: text, expected: expected, actual: actual))
  }

  mutating func find(
    _ id: String, _ file: BagPath, _ text: String, expected: String? = nil, actual: String? = nil
  ) {
    find(id, file.text, text, expected: expected, actual: actual)
  }

  /// The check as one that could not be made.
  func skipping(_ reason: String) -> Check {
    var check = self
    check.skipped = reason
    return check
  }

  /// The check with its findings in an order that does not depend on how they were come by.
  func sorted() -> Check {
    var check = self
    check.findings.sort()
    return check
  }
}

/// One thing that is not as it has to be.
public struct Finding: Sendable, Hashable, Comparable {
  /// `manifest.changed`: stable, pages and scripts refer to it.
  public let id: String
  /// Path in the package, with the place where there is one: `data/evidence/ledger.jsonl:3`.
  public let file: String
  /// What is the case, in one line.
  public let text: String
  /// What should be there; nil where there is nothing to compare.
  public let expected: String?
  public let actual: String?

  public static func < (a: Finding, b: Finding) -> Bool {
    a.key.lexicographicallyPrecedes(b.key) { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private var key: [String] { [file, id, text, expected ?? "", actual ?? ""] }

  /// The finding as a message of the program.
  public var diagnostic: Diagnostic {
    var lines = text
    if let expected { lines += "; expected \(expected)" }
    if let actual { lines += ", is \(actual)" }
    return Diagnostic(id, .error, at: file, lines)
  }
}
