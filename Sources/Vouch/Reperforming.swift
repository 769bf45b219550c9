import Foundation
import VouchControls
import VouchModel

/// One thing that came out differently when a package was computed again.
public struct ReperformDifference: Sendable, Hashable {
  /// `verdict`, `count`, `item`, `control`.
  public let kind: String
  public let control: String
  /// Item and attribute, for items.
  public let item: String
  public let attribute: String
  /// What the package says.
  public let packaged: String
  /// What the raw evidence gives now.
  public let computed: String
  /// Where the item comes from.
  public let origin: String
  /// `evidence`: the same rule over the package's evidence gives something else. `rule`: this
  /// program's rule differs from the one in the package.
  public let cause: String
}

/// The result of `vouch reperform`.
public struct Reperformance: Sendable {
  public let controls: Int
  public let evidence: Int
  public let differences: [ReperformDifference]
  /// Controls whose rule in this program differs from the one in the package.
  public let changedRules: [String]

  public var isSame: Bool { !differences.contains { $0.cause == "evidence" } }
}

extension Workspace {
  /// Computes every verdict of a package again, from the raw evidence in it.
  ///
  /// Judged by the package's own rules, so that a later program comes to the same result. With
  /// `currentRules` the program's rules are run as well, and what differs then only because a
  /// rule changed is told apart.
  public static func reperform(
    _ path: String, currentRules: Bool = false, progress: (WorkProgress) -> Void = { _ in }
  ) throws -> Reperformance {
    let package = try OpenedPackage(path)
    let period = try package.period
    let assessment = try package.assess(period: period, progress: progress)
    var differences = compare(package.check, assessment, cause: "evidence")
    let builtIn = ControlLibrary(templates: Templates(files: Templates.builtIn).below(""))
    let changed = assessment.conclusions.map(\.control).filter { control in
      builtIn.control(control.id)?.control.digest != control.digest
    }.map(\.id)
    if currentRules, !changed.isEmpty {
      let again = try OpenedPackage(path, rules: Templates(files: Templates.builtIn))
      let current = try again.assess(period: period, progress: progress)
      differences += compare(package.check, current, cause: "rule").filter { difference in
        !differences.contains {
          $0.control == difference.control && $0.item == difference.item
            && $0.kind == difference.kind
        }
      }
    }
    return Reperformance(
      controls: assessment.conclusions.count, evidence: assessment.evidence.count,
      differences: differences, changedRules: changed)
  }

  /// Holds what was computed against the package's `check.json`, both ways.
  static func compare(
    _ check: JSON, _ assessment: Assessment, cause: String
  ) -> [ReperformDifference] {
    var differences: [ReperformDifference] = []
    guard let text = try? JSON.parse(CheckJSON.text(assessment).utf8) else { return [] }
    let before = byID(check["controls"])
    let after = byID(text["controls"])
    for id in Set(before.keys).union(after.keys).sorted() {
      func add(
        _ kind: String, _ old: String, _ new: String, item: String = "", attribute: String = "",
        origin: String = ""
      ) {
        differences.append(
          ReperformDifference(
            kind: kind, control: id, item: item, attribute: attribute, packaged: old,
            computed: new, origin: origin, cause: cause))
      }
      guard let old = before[id] else {
        add("control", "absent", "present")
        continue
      }
      guard let new = after[id] else {
        add("control", "present", "absent")
        continue
      }
      if old["verdict"] != new["verdict"] {
        add("verdict", old["verdict"].string ?? "", new["verdict"].string ?? "")
      }
      for key in ["population", "deviations", "unknown", "waived"] where old[key] != new[key] {
        add("count", old[key].text ?? "", new[key].text ?? "", attribute: key)
      }
      let oldItems = items(old)
      let newItems = items(new)
      for key in Set(oldItems.keys).union(newItems.keys).sorted() {
        let a = oldItems[key]
        let b = newItems[key]
        if a?["result"] == b?["result"], a?["waiver"] == b?["waiver"] { continue }
        let any = a ?? b ?? .null
        add(
          "item", a?["result"].string ?? "true", b?["result"].string ?? "true",
          item: any["item"].string ?? "", attribute: any["attribute"].string ?? "",
          origin: any["origin"].string ?? "")
      }
    }
    return differences
  }

  static func byID(_ controls: JSON) -> [String: JSON] {
    var all: [String: JSON] = [:]
    for control in controls.elements { all[control["id"].string ?? ""] = control }
    return all
  }

  private static func items(_ control: JSON) -> [String: JSON] {
    var all: [String: JSON] = [:]
    for item in control["items"].elements {
      all["\(item["item"].string ?? "")\u{0}\(item["attribute"].string ?? "")"] = item
    }
    return all
  }
}
