import Foundation
import VouchModel

/// An earlier result that a check is held against: only what got worse since is new.
public struct Baseline: Sendable {
  public let period: String
  public let asOf: String
  private let verdicts: [String: Verdict]
  private let wasComplete: Bool

  /// What a control's result is beside the earlier one.
  public enum State: String, Sendable {
    case passes
    /// Does not pass, and passed or was not there then.
    case new
    /// Did not pass then either.
    case known
  }

  /// Reads `check.json` as `vouch check --format json` writes it, or a package, folder or zip,
  /// which carries it.
  public init(_ path: String) throws {
    let json = try Self.json(path)
    guard json["schema"].string == "vouch-check/1", json.has("controls") else {
      throw Self.refused(path, "this is no result of 'vouch check --format json'")
    }
    period = json["period"]["id"].string ?? ""
    asOf = json["as_of"].string ?? ""
    var verdicts: [String: Verdict] = [:]
    for control in json["controls"].elements {
      guard let id = control["id"].string,
        let verdict = control["verdict"].string.flatMap(Verdict.init(rawValue:))
      else { throw Self.refused(path, "a control in it has no id or no verdict") }
      verdicts[id] = verdict
    }
    self.verdicts = verdicts
    if case .bool(true) = json["complete"] { wasComplete = true } else { wasComplete = false }
  }

  private static func json(_ path: String) throws -> JSON {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw Refusal(
        .noInput,
        Diagnostic(
          "baseline.none", .error, at: path, "there is no such file or package",
          fix:
            "name a package, or what 'vouch check --format json' wrote; for the first run, leave --baseline out"
        ))
    }
    if isFolder.boolValue || path.hasSuffix(".zip") { return try OpenedPackage(path).check }
    guard let data = FileManager.default.contents(atPath: path), let json = try? JSON.parse(data)
    else { throw refused(path, "the file is not JSON") }
    return json
  }

  private static func refused(_ path: String, _ text: String) -> Refusal {
    Refusal(
      .data,
      Diagnostic(
        "baseline.unreadable", .error, at: path, text,
        why: "without an earlier result nobody can say what is new",
        fix: "write one with 'vouch check --format json > baseline.json'"))
  }

  public func state(of conclusion: Conclusion) -> State {
    if Self.isWell(conclusion.verdict) { return .passes }
    guard let before = verdicts[conclusion.control.id] else { return .new }
    return Self.isWell(before) ? .new : .known
  }

  /// The controls that do not pass and did, or are new.
  public func newGaps(_ assessment: Assessment) -> [Conclusion] {
    assessment.conclusions.filter { state(of: $0) == .new }
  }

  /// Whether nothing got worse. Where nothing was assessed, nothing is well.
  public func holds(_ assessment: Assessment) -> Bool {
    newGaps(assessment).isEmpty && !assessment.conclusions.isEmpty
      && (assessment.incomplete.isEmpty || !wasComplete)
  }

  /// The lines below the table of `vouch check --baseline`.
  public func text(_ assessment: Assessment) -> String {
    let new = newGaps(assessment)
    let known = assessment.conclusions.count { state(of: $0) == .known }
    let against = "the baseline (\(period), as of \(asOf))"
    let sources = wasComplete ? assessment.incomplete.map(\.source) : []
    let broken =
      sources.isEmpty
      ? "" : "Incomplete since then: source \(Set(sources).sorted().joined(separator: ", "))\n"
    let gone = Set(verdicts.keys).subtracting(assessment.conclusions.map(\.control.id)).sorted()
    let lost =
      broken
      + (gone.isEmpty ? "" : "No longer adopted, so not judged: \(gone.joined(separator: " "))\n")
    let rest = "\(known) \(known == 1 ? "gap" : "gaps") known from it"
    if new.isEmpty { return "No new gap since \(against); \(rest).\n" + lost }
    let lines = new.map { c in
      let before = verdicts[c.control.id].map { "was \($0.words)" } ?? "was not adopted"
      return "  \(c.control.id) \(c.verdict.words), \(before): \(c.reason)\n"
    }
    return "\(new.count) new since \(against); \(rest):\n" + lines.joined() + lost
  }

  private static func isWell(_ verdict: Verdict) -> Bool {
    [.pass, .notOperated, .notApplicable].contains(verdict)
  }
}
