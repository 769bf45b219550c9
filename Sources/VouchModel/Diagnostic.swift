/// Something the program has to tell about its input: what, where, why it matters, what to do.
///
/// A deviation of a control is not a diagnostic: it is what the program was asked to find.
public struct Diagnostic: Hashable, Sendable, Error {
  public enum Severity: String, Sendable, Comparable, CaseIterable {
    case note, warning, error
    public static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }
    private var rank: Int { self == .note ? 0 : self == .warning ? 1 : 2 }
  }

  /// `collector.what`, stable: pages and scripts refer to it.
  public let id: String
  public let severity: Severity
  /// File and place: `vouch.yaml:12`, `evidence/9f…c1#L41`. Empty when there is no place.
  public var at: String
  /// What is the case, in one line; names place and field, never a person or a secret.
  public let text: String
  public let why: String
  public let fix: String

  public init(
    _ id: String, _ severity: Severity, at: String = "", _ text: String, why: String = "",
    fix: String = ""
  ) {
    self.id = id
    self.severity = severity
    self.at = at
    self.text = text
    self.why = why
    self.fix = fix
  }

  /// The lines a person reads: `file:line: error: what [id]`, then why and fix.
  public var rendered: String {
    var lines = [
      "\(at.isEmpty ? "vouch" : at.oneLine): \(severity.rawValue): \(text.oneLine) [\(id)]"
    ]
    if !why.isEmpty { lines.append("  why: \(why.oneLine)") }
    if !fix.isEmpty { lines.append("  fix: \(fix.oneLine)") }
    return lines.joined(separator: "\n")
  }
}

/// One or more diagnostics that end a command, with the exit status contract 4 gives them.
public struct Refusal: Error, Sendable {
  /// The exit status of a command that could not do its work (sysexits.h).
  public enum Status: Int32, Sendable {
    /// Bad evidence, control or configuration.
    case data = 65
    /// No such input.
    case noInput = 66
    /// Reading or writing failed.
    case io = 74
    /// Another `vouch` holds the workspace.
    case busy = 75
  }

  public let status: Status
  public let diagnostics: [Diagnostic]

  public init(_ status: Status, _ diagnostics: [Diagnostic]) {
    self.status = status
    self.diagnostics = diagnostics
  }

  public init(_ status: Status, _ diagnostic: Diagnostic) {
    self.init(status, [diagnostic])
  }
}
