import VouchControls
import VouchModel

/// What became of one control from an older package to a newer one.
public struct ControlChange: Sendable, Hashable {
  public enum Kind: String, Sendable, CaseIterable {
    /// Does not pass now, was not there or passed never before.
    case new
    case fixed
    case regressed
    case stillFailing = "still_failing"
    /// Differs only because rule, parameter or population definition changed.
    case ruleChanged = "rule_changed"
    case unchanged
    case gone
  }

  public let control: String
  public let title: String
  public let kind: Kind
  /// Verdicts; empty when the control is not in that package.
  public let older: String
  public let newer: String
  /// Items that deviate or are unknown now and did not then, and the reverse.
  public let appeared: [String]
  public let disappeared: [String]
  /// What of the rule changed: `rule`, `parameters`.
  public let changed: [String]
}

extension Workspace {
  /// Compares two packages control by control.
  ///
  /// Where the rule or a parameter changed and the verdict with it, the newer evidence is judged
  /// by the older rule as well: if that gives the older verdict, the rule alone made the change.
  public static func compare(
    older: String, newer: String, progress: (WorkProgress) -> Void = { _ in }
  ) throws -> (changes: [ControlChange], olderPeriod: String, newerPeriod: String) {
    let a = try OpenedPackage(older)
    let b = try OpenedPackage(newer)
    let before = byID(a.check["controls"])
    let after = byID(b.check["controls"])
    let parametersChanged =
      parameters(a.workspace.configuration) != parameters(b.workspace.configuration)
    var underOldRules: Assessment?
    var changes: [ControlChange] = []
    for id in Set(before.keys).union(after.keys).sorted() {
      let old = before[id]
      let new = after[id]
      var changed: [String] = []
      if let old, let new, old["rule"] != new["rule"] { changed.append("rule") }
      if parametersChanged, old != nil, new != nil { changed.append("parameters") }
      var kind = kind(old?["verdict"].string, new?["verdict"].string)
      if !changed.isEmpty, let was = old?["verdict"].string, was != new?["verdict"].string {
        if underOldRules == nil {
          let again = try OpenedPackage(newer, rules: a.workspace.templates)
          underOldRules = try again.assess(period: try b.period, progress: progress)
        }
        let verdict = underOldRules?.conclusions.first { $0.control.id == id }?.verdict.rawValue
        if verdict == was { kind = .ruleChanged }
      }
      let oldItems = failing(old)
      let newItems = failing(new)
      changes.append(
        ControlChange(
          control: id, title: (new ?? old)?["title"].string ?? "", kind: kind,
          older: old?["verdict"].string ?? "", newer: new?["verdict"].string ?? "",
          appeared: newItems.subtracting(oldItems).sorted(),
          disappeared: oldItems.subtracting(newItems).sorted(), changed: changed))
    }
    return (changes, try a.period.id, try b.period.id)
  }

  private static func kind(_ old: String?, _ new: String?) -> ControlChange.Kind {
    func isWell(_ verdict: String) -> Bool {
      ["pass", "not_operated", "not_applicable"].contains(verdict)
    }
    switch (old, new) {
    case (nil, let new?): return isWell(new) ? .unchanged : .new
    case (_, nil): return .gone
    case (let old?, let new?):
      switch (isWell(old), isWell(new)) {
      case (true, true): return .unchanged
      case (true, false): return .regressed
      case (false, true): return .fixed
      case (false, false): return .stillFailing
      }
    }
  }

  private static func failing(_ control: JSON?) -> Set<String> {
    Set(
      (control?["items"].elements ?? []).map {
        "\($0["item"].string ?? "") \($0["attribute"].string ?? "")"
      })
  }

  private static func parameters(_ configuration: Configuration) -> [String] {
    configuration.engagement.parameters.map {
      "\($0.name).\($0.key)=\($0.value)@\($0.from?.iso8601 ?? "")"
    }
    .sorted()
  }
}
